// What goes wrong between weights and pictures is said: numbers that are not finite, files of another kind, and what a
// prompt holds that this program does not read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/core/commands/tiny_generate.h"

namespace miafr_tests {
namespace {

using testing::HasSubstr;
using testing::Not;

using Tensors = std::map<std::string, at::Tensor>;

// The tiny checkpoint with one number of a tensor changed, in float32.
fs::path spoilt(const std::string& key, double value) {
  Tensors tensors = tiny_sd_tensors();
  tensors[key] = tensors.at(key).to(at::kFloat);
  tensors[key].view({-1})[0] = value;
  return written(tensors);
}

const std::string kUNetOut = "model.diffusion_model.out.2.weight",
                  kDecoderOut = "first_stage_model.decoder.conv_out.weight";
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::size_t pictures_in(const fs::path& out) {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(out / "samples")) count += entry.path().extension() == ".png";
  return count;
}

TEST(GenerateFaults, RealOptionsAreFinite) {
  for (const std::string option : {"--scale", "--ddim_eta"})
    for (const std::string value : {"nan", "inf", "-inf", "1e999"}) {
      const auto refused = generate(small({"--prompt", "a", option + "=" + value}), temporary_folder());
      EXPECT_EQ(refused.exit_code, 2);
      EXPECT_THAT(refused.err, HasSubstr(option));
      EXPECT_THAT(refused.err, HasSubstr("number"));
    }
  const auto refused = miafr({"compare", "a.png", "b.png", "--threshold", "nan"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("--threshold nan: a finite number is needed"));
}

TEST(GenerateFaults, ASeedsRangeIsSaid) {
  const std::string largest = "9223372036854775807";
  for (const std::string seed : {"9223372036854775808", "18446744073709551615", "1e30"}) {
    const auto refused = generate(small({"--prompt", "a", "--seed", seed}), temporary_folder());
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.err, HasSubstr("an integer of at most " + largest + " is needed"));
  }
  const auto last = generate(small({"--prompt", "a", "--seed", largest, "--n_samples", "2"}), temporary_folder());
  EXPECT_EQ(last.exit_code, 2);
  EXPECT_THAT(last.err, HasSubstr("the last picture's seed would be over " + largest));
  const fs::path out = temporary_folder();
  ASSERT_EQ(generate(small({"--prompt", "a", "--seed", largest}), out).exit_code, 0);
  EXPECT_THAT(read_text(out / "manifest.csv"), HasSubstr(largest));
}

TEST(GenerateFaults, AWeightThatIsNotFiniteIsNamed) {
  for (const std::string& key : {kUNetOut, kDecoderOut})
    for (const double value : {kNaN, -std::numeric_limits<double>::infinity()}) {
      const fs::path file = spoilt(key, value);
      const auto refused = generate_with(file, small({"--prompt", "a"}), temporary_folder());
      EXPECT_EQ(refused.exit_code, 1);
      EXPECT_THAT(refused.err, HasSubstr("miafr: error: " + file.string() + ": " + key + ": holds NaN or infinity"));
      EXPECT_THAT(miafr({"inspect", "--values", file.string()}).out, HasSubstr("NaN or infinity in " + key));
    }
  EXPECT_THAT(miafr({"inspect", "--values", checkpoint().string()}).out, HasSubstr("all finite, up to "));
}

TEST(GenerateFaults, AWeightThatDoesNotFitIsNamed) {
  const fs::path file = spoilt(kUNetOut, 70000), out = temporary_folder() / "half.safetensors";
  const std::string what = file.string() + ": " + kUNetOut + ": holds 70000, which does not fit float16";
  const auto refused = generate_with(file, small({"--prompt", "a", "--dtype", "float16"}), temporary_folder());
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr(what));
  const auto converted = miafr({"convert", file.string(), out.string(), "--dtype", "float16"});
  EXPECT_EQ(converted.exit_code, 1);
  EXPECT_THAT(converted.err, HasSubstr(what));
  EXPECT_FALSE(fs::exists(out));
  EXPECT_EQ(miafr({"convert", file.string(), out.string(), "--dtype", "bfloat16"}).exit_code, 0);
}

TEST(GenerateFaults, ConvertSaysThatItWritesNaN) {
  const fs::path file = spoilt(kUNetOut, kNaN);
  const auto converted = miafr({"convert", file.string(), (temporary_folder() / "a.ckpt").string()});
  EXPECT_EQ(converted.exit_code, 0);
  EXPECT_THAT(converted.err, HasSubstr("warning: " + file.string() + ": " + kUNetOut + ": holds NaN or infinity"));
}

// Finite weights whose sums overflow: in the latent, and in the pixels alone.
TEST(GenerateFaults, APictureThatIsNotFiniteIsNotSaved) {
  for (const auto& [key, fault] : {std::pair(kUNetOut, "latent is"), std::pair(kDecoderOut, "pixels are")}) {
    const fs::path out = temporary_folder();
    const auto painted = generate_with(spoilt(key, 3e38), small({"--prompt", "a dog", "--n_samples", "2"}), out);
    EXPECT_EQ(painted.exit_code, 1);
    EXPECT_THAT(painted.err, HasSubstr("picture 1 (seed 43) of 'a dog': its " + std::string(fault) +
                                       " not finite; it is not saved"));
    EXPECT_THAT(painted.err, HasSubstr("error: 2 pictures came out not finite"));
    EXPECT_THAT(painted.err, Not(HasSubstr("pictures saved")));
    EXPECT_EQ(pictures_in(out), 0u);
    EXPECT_FALSE(fs::exists(out / "manifest.csv"));
  }
}

TEST(GenerateFaults, TextEncodersWithoutTextModelPaintTheSame) {
  Tensors renamed;
  const std::string usual = "cond_stage_model.transformer.text_model.", old = "cond_stage_model.transformer.";
  for (const auto& [name, tensor] : tiny_sd_tensors())
    renamed[name.rfind(usual, 0) == 0 ? old + name.substr(usual.size()) : name] = tensor;
  const fs::path file = written(renamed), folder = temporary_folder() / "folder";
  const at::Tensor expected = latent_of(checkpoint(), {"--prompt", "a dog"});
  EXPECT_TRUE(at::equal(latent_of(file, {"--prompt", "a dog"}), expected));
  const std::string out = miafr({"inspect", checkpoint().string()}).out;
  EXPECT_THAT(miafr({"inspect", file.string()}).out, HasSubstr(out.substr(out.find("text encoder"))));

  // The same of a folder, as Transformers 5 saves it.
  const auto converted = miafr({"convert", file.string(), folder.string(), "--layout", "diffusers", "--config",
                                data_file("tests/goldens/tiny-sd.yaml").string()});
  ASSERT_EQ(converted.exit_code, 0) << converted.err;
  EXPECT_TRUE(at::equal(latent_of(folder, {"--prompt", "a dog"}), expected));
  Tensors text;
  for (const auto& [name, tensor] : tiny_sd_tensors())
    if (name.rfind(usual, 0) == 0) text[name.substr(usual.size())] = tensor;
  write_half_safetensors(folder / "text_encoder" / "model.safetensors", text);
  EXPECT_TRUE(at::equal(latent_of(folder, {"--prompt", "a dog"}), expected));

  const fs::path again = temporary_folder() / "again.safetensors";
  ASSERT_EQ(miafr({"convert", file.string(), again.string()}).exit_code, 0);
  EXPECT_THAT(miafr({"inspect", "--keys", again.string()}).out, HasSubstr(usual + "final_layer_norm.bias"));
}

TEST(GenerateFaults, OtherModelsAreNamed) {
  Tensors rest = tiny_sd_tensors();
  for (auto entry = rest.begin(); entry != rest.end();)
    entry = entry->first.rfind("cond_stage_model.", 0) == 0 ? rest.erase(entry) : std::next(entry);
  Tensors second = rest, xl = rest;
  second["cond_stage_model.model.token_embedding.weight"] = at::zeros({8, 8}, at::kHalf);
  xl["conditioner.embedders.0.transformer.text_model.final_layer_norm.bias"] = at::zeros({4}, at::kHalf);
  const std::string layer = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q";
  const Tensors lora = {{layer + ".lora_down.weight", at::zeros({4, 32}, at::kHalf)},
                        {layer + ".lora_up.weight", at::zeros({32, 4}, at::kHalf)}};
  for (const auto& [tensors, name] : {std::pair(second, "Stable Diffusion 2"), std::pair(xl, "Stable Diffusion XL"),
                                      std::pair(lora, "a LoRA of rank 4 for 1 layer")}) {
    const fs::path file = written(tensors);
    const auto refused = generate_with(file, small({"--prompt", "a"}), temporary_folder());
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, HasSubstr(file.string() + ": it is " + name +
                                       ", and a Stable Diffusion v1 checkpoint is "
                                       "needed"));
    EXPECT_THAT(miafr({"inspect", file.string()}).out, HasSubstr("model         " + std::string(name)));
  }
  EXPECT_THAT(generate_with(written(lora), small({"--prompt", "a"}), temporary_folder()).err,
              HasSubstr("; give it with --lora\n"));
}

// alpha 8 of the metadata over rank 4: twice the product, as if it had been added to the weights beforehand.
TEST(GenerateFaults, ALoraIsAsStrongAsItsMetadataSay) {
  Tensors merged = tiny_sd_tensors(), lora;
  at::manual_seed(5);
  const std::string theirs = "unet.mid_block.attentions.0.transformer_blocks.0.",
                    ours = "model.diffusion_model.middle_block.1.transformer_blocks.0.";
  for (const std::string layer : {"attn1.to_q", "attn1.to_v", "attn2.to_k"}) {
    at::Tensor& weight = merged.at(ours + layer + ".weight");
    const at::Tensor down = 0.3 * at::randn({4, weight.size(1)}), up = 0.3 * at::randn({weight.size(0), 4});
    lora[theirs + layer + ".lora_A.weight"] = down;
    lora[theirs + layer + ".lora_B.weight"] = up;
    weight = weight.to(at::kFloat) + 2 * up.mm(down);
  }
  const fs::path file = temporary_folder() / "lora.safetensors";
  write_test_safetensors(file, lora, {{"lora_adapter_metadata", R"({"unet.r": 4, "unet.lora_alpha": 8})"}});
  const at::Tensor added = latent_of(checkpoint(), {"--prompt", "a dog", "--lora", file.string()}),
                   expected = latent_of(written(merged), {"--prompt", "a dog"});
  const auto difference = [&](const at::Tensor& latent) {
    return ((latent - expected).abs().max() / expected.std()).item<double>();
  };
  EXPECT_LT(difference(added), 1e-4);
  EXPECT_GT(difference(latent_of(checkpoint(), {"--prompt", "a dog", "--lora", file.string() + ":0.5"})), 1e-2);
}

TEST(GenerateFaults, WhatIsTakenAsTextIsSaidOnce) {
  const auto painted = generate(
      small({"--prompt", "photo of a {tokn} {class} <lora:x:1>", "--negative_prompt", "{tokn}", "--n_samples", "2"}),
      temporary_folder());
  ASSERT_EQ(painted.exit_code, 0);
  const std::string place = "warning: {tokn} in the prompt is no place and is taken as text, did you mean 'token'?";
  EXPECT_THAT(painted.err, HasSubstr(place));
  EXPECT_EQ(painted.err.find(place), painted.err.rfind(place));
  EXPECT_THAT(painted.err,
              HasSubstr("warning: <lora:x:1> in the prompt is taken as text; a LoRA is given with --lora"));
}

}  // namespace
}  // namespace miafr_tests
