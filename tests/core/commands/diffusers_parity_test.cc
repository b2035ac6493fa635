// Against diffusers, where the reference implementation of Stable Diffusion v1 has nothing: odd sizes, v-prediction,
// inpainting networks and LoRAs.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/io/name_tables.h"
#include "core/models/lora.h"
#include "core/nn/unet.h"
#include "tests/support/process.h"
#include "tests/support/safetensors.h"
#include "tests/support/tiny_sd.h"

namespace {

using miafr_tests::data_file;
using miafr_tests::miafr;
using miafr_tests::temporary_folder;
namespace fs = std::filesystem;

constexpr const char* kFolder = "tests/goldens/diffusers/";

const fs::path& checkpoint() {
  static const fs::path& file = *new fs::path(temporary_folder() / "tiny-sd-fp16.safetensors");
  if (!fs::exists(file)) miafr_tests::write_half_safetensors(file, miafr_tests::tiny_sd_tensors());
  return file;
}

std::string lora(const std::string& name) { return data_file(kFolder + name).string(); }

miafr_tests::ProcessResult generate(const std::vector<std::string>& arguments, const fs::path& out,
                                    const std::string& prediction = "epsilon") {
  const fs::path config = temporary_folder() / "tiny.yaml";
  std::ofstream(config) << "model: {unet_num_heads: 4, text_encoder_heads: 4, prediction: " << prediction << "}\n";
  std::vector<std::string> all = {
      "generate",   "--ckpt",   checkpoint().string(),   "--config", config.string(), "--outdir",
      out.string(), "--prompt", "photo of a sks person", "--noise",  "batch",         "--ddim_steps",
      "5"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return miafr(all);
}

void expect_picture(const std::string& golden, const std::vector<std::string>& arguments,
                    const std::string& prediction = "epsilon") {
  const fs::path out = temporary_folder();
  const auto result = generate(arguments, out, prediction);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  cv::Mat picture;
  cv::cvtColor(cv::imread((out / "samples/00000.png").string(), cv::IMREAD_UNCHANGED), picture, cv::COLOR_BGR2RGB);
  const at::Tensor pixels = at::from_blob(picture.data, {picture.rows, picture.cols, 3}, at::kByte);
  const at::Tensor expected = miafr_tests::read_golden("diffusers/diffusers.safetensors").at(golden);
  ASSERT_EQ(pixels.sizes(), expected.sizes());
  EXPECT_LE((pixels.to(at::kInt) - expected.to(at::kInt)).abs().max().item<int>(), 1) << golden;
}

const std::vector<std::string> kSmall = {"--H", "64", "--W", "64"};

std::vector<std::string> small_with_lora(const std::string& choice) {
  std::vector<std::string> arguments = kSmall;
  arguments.insert(arguments.end(), {"--lora", choice});
  return arguments;
}

TEST(DiffusersParity, SidesThatTheNetworkDoesNotDivide) { expect_picture("odd_size", {"--H", "72", "--W", "104"}); }

TEST(DiffusersParity, ANetworkThatPredictsV) { expect_picture("v", kSmall, "v"); }

TEST(DiffusersParity, ALoraInEitherSpelling) {
  for (const char* file : {"lora_diffusers.safetensors", "lora_kohya.safetensors"}) {
    expect_picture("lora_1", small_with_lora(lora(file)));
    expect_picture("lora_half", small_with_lora(lora(file) + ":0.5"));
  }
}

// The same LoRA under the names that other programs give it.
TEST(DiffusersParity, ALoraInItsOtherSpellings) {
  using Rename = std::function<std::string(std::string, std::string)>;  // module and "down" or "up" -> key
  const auto replace = [](std::string text, const std::string& from, const std::string& to) {
    if (const auto at = text.find(from); at != std::string::npos) text.replace(at, from.size(), to);
    return text;
  };
  const Rename old_diffusers = [&](const std::string& module, const std::string& part) {
    if (module.rfind("text_encoder.", 0) == 0) return module + ".lora_linear_layer." + part + ".weight";
    if (module.find(".attn") == std::string::npos) return module + ".lora." + part + ".weight";
    const auto dot = module.rfind(module.find("to_out") == std::string::npos ? ".to_" : ".to_out");
    return replace(module.substr(0, dot) + ".processor" + module.substr(dot), ".to_out.0", ".to_out") + "_lora." +
           part + ".weight";
  };
  const miafr::NameShape shape;
  const Rename compvis = [&](std::string module, const std::string& part) {
    std::string name = "lora_te_" + module.substr(module.find('.') + 1);
    if (module.rfind("unet.", 0) == 0) {
      name = miafr::diffusers_to_compvis(module + ".weight", shape)->name;
      name = "lora_unet_" + name.substr(std::string("model.diffusion_model.").size());
      name.resize(name.size() - std::string(".weight").size());
    }
    std::replace(name.begin(), name.end(), '.', '_');
    return name + ".lora_" + part + ".weight";
  };
  for (const Rename& rename : {old_diffusers, compvis}) {
    std::map<std::string, at::Tensor> renamed;
    for (const auto& [key, tensor] : miafr_tests::read_golden("diffusers/lora_diffusers.safetensors")) {
      const auto half = key.rfind(".lora_");
      renamed[rename(key.substr(0, half), key[half + 6] == 'A' ? "down" : "up")] = tensor.to(at::kHalf);
    }
    const fs::path file = temporary_folder() / "lora.safetensors";
    miafr_tests::write_half_safetensors(file, renamed);  // the golden's values are of float16
    expect_picture("lora_1", small_with_lora(file.string()));
  }
}

// A convolution in three parts (LoCon's lora_mid) is the three, one after the other; alpha / rank and scale multiply.
TEST(Lora, AMiddlePartIsAConvolutionBetweenTheOthers) {
  const at::Tensor down = at::randn({2, 5, 1, 1}).to(at::kHalf), mid = at::randn({3, 2, 3, 3}).to(at::kHalf),
                   up = at::randn({7, 3, 1, 1}).to(at::kHalf);
  const std::string module = "lora_unet_conv_in", weight = "model.diffusion_model.input_blocks.0.0.weight";
  const fs::path file = temporary_folder() / "lora.safetensors";
  miafr_tests::write_half_safetensors(file, {{module + ".lora_down.weight", down},
                                             {module + ".lora_mid.weight", mid},
                                             {module + ".lora_up.weight", up},
                                             {module + ".alpha", at::full({1}, 4.0, at::kHalf)}});
  const miafr::Lora lora({file, 0.5}, {weight});
  const at::Tensor change = lora.add_to(weight, at::zeros({7, 5, 3, 3}));
  const at::Tensor x = at::randn({1, 5, 6, 6});
  const auto part = [](const at::Tensor& half) { return half.to(at::kFloat); };
  const at::Tensor chained =
      at::conv2d(at::conv2d(at::conv2d(x, part(down)), part(mid), {}, 1, 1), part(up));  // [1, 7, 6, 6]
  EXPECT_TRUE(at::allclose(at::conv2d(x, change, {}, 1, 1), 0.5 * 4 / 2 * chained, 1e-4, 1e-4));
}

TEST(DiffusersParity, TwoHalvesOfALoraAreTheWhole) {
  auto arguments = small_with_lora(lora("lora_kohya.safetensors") + ":0.5");
  arguments.insert(arguments.end(), {"--lora", lora("lora_diffusers.safetensors") + ":0.5"});
  expect_picture("lora_1", arguments);
}

// The tiny network's weights, rounded as its checkpoint is.
class HalfRule final : public miafr::Parameters {
 public:
  at::Tensor get(const std::string& name, at::IntArrayRef shape) override {
    return miafr_tests::rule_tensor(name, shape).to(at::kHalf).to(at::kFloat);
  }
};

TEST(DiffusersParity, AnInpaintingNetwork) {
  auto golden = miafr_tests::read_golden("diffusers/diffusers.safetensors");
  const at::InferenceMode no_gradients;
  miafr::UNetConfig config;
  config.in_channels = 9;
  config.model_channels = 32;
  config.context_dim = 64;
  config.num_heads = 4;
  HalfRule weights;
  const miafr::UNetModel unet(config, {weights, "model.diffusion_model"});
  const at::Tensor eps = unet.forward(golden["inpainting.x"], golden["inpainting.t"].to(at::kFloat),
                                      unet.read_context(golden["inpainting.context"]));
  const at::Tensor expected = golden["inpainting.eps"];
  EXPECT_LT(((eps - expected).abs().max() / expected.std()).item<double>(), 2e-4);
}

TEST(Lora, WhatDoesNotFitIsNamed) {
  const auto refused = [&](const std::string& choice, int code, const std::vector<std::string>& texts) {
    const auto result = generate(small_with_lora(choice), temporary_folder());
    EXPECT_EQ(result.exit_code, code);
    for (const std::string& text : texts) EXPECT_NE(result.err.find(text), std::string::npos) << result.err;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  };
  const auto file_with = [&](const std::map<std::string, at::Tensor>& tensors) {
    const fs::path file = temporary_folder() / "lora.safetensors";
    miafr_tests::write_half_safetensors(file, tensors);
    return file.string();
  };
  const auto half = [](at::IntArrayRef shape) { return at::ones(shape, at::kHalf); };
  const std::string module = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_q";
  refused("missing.safetensors", 1, {"missing.safetensors: No such file"});
  refused(lora("lora_kohya.safetensors") + ":much", 2, {":much: behind the colon must be a number"});
  refused(checkpoint().string(), 1, {"not a tensor of a LoRA"});
  refused(file_with({{module + ".lora_down.weight", half({2, 128})}}), 1, {module, "no up half"});
  refused(file_with({{module + ".lora_down.weight", half({2, 128})}, {module + ".lora_up.weight", half({128, 3})}}), 1,
          {"rank 2 of one half and 3 of the other"});
  refused(file_with({{module + ".lora_down.weight", half({2, 64})}, {module + ".lora_up.weight", half({128, 2})}}), 1,
          {"does not fit the weight of shape [128, 128]"});
  refused(file_with({{"lora_unet_elsewhere.lora_down.weight", half({2, 64})}}), 1, {"no such module"});
  refused(file_with({{"lora_te2_text_model_encoder.lora_down.weight", half({2, 64})}}), 1,
          {"no such module", "Stable Diffusion XL"});
  refused(file_with({{module + ".lora_down.weight", half({2, 128})},
                     {module + ".lora_up.weight", half({128, 2})},
                     {module + ".dora_scale", half({128, 1})}}),
          1, {"DoRA is not supported"});
}

}  // namespace
