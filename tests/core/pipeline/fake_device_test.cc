// The whole pipeline on a device that is not the CPU (tests/support/fake_device.h): every tensor in its place, and the
// CPU's numbers. A stage is one function from a device to named results, so that a new one is a function and a test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/types.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/config/load_config.h"
#include "core/config/plugin_params.h"
#include "core/contract/stand_in_host.h"
#include "core/face/align.h"
#include "core/models/stable_diffusion.h"
#include "core/pipeline/decode.h"
#include "core/pipeline/generate.h"
#include "core/pipeline/noise.h"
#include "core/plugin/face_matcher.h"
#include "core/plugin/loss.h"
#include "core/plugin/sampler.h"
#include "core/runtime/plugin_host.h"
#include "core/text/clip_tokenizer.h"
#include "tests/support/fake_device.h"
#include "tests/support/tiny_sd.h"

namespace miafr {
namespace {

using miafr_tests::fake_device;
namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

using Results = std::map<std::string, at::Tensor>;

// Numbers are drawn on the CPU, the same for both devices.
class Draws {
 public:
  explicit Draws(at::Device device) : device_(device) {}
  at::Tensor normal(at::IntArrayRef shape) { return at::randn(shape, generator_, at::kFloat).to(device_); }
  at::Tensor image(int64_t count, int64_t size = 64) {
    return (at::rand({count, 3, size, size}, generator_, at::kFloat) * 2 - 1).to(device_);
  }

 private:
  const at::Device device_;
  at::Generator generator_ = at::detail::createCPUGenerator(11);
};

// The tiny model's weights by their rule, on a device; all but those that are told to stay on the CPU.
class Weights final : public Parameters {
 public:
  explicit Weights(at::TensorOptions options, bool trainable = false, std::string left_behind = "")
      : options_(options), trainable_(trainable), left_behind_(std::move(left_behind)) {}

  at::Tensor get(const std::string& name, at::IntArrayRef shape) override {
    const at::TensorOptions options = name == left_behind_ ? options_.device(at::kCPU) : options_;
    return tensors[name] = miafr_tests::rule_tensor(name, shape).to(options).requires_grad_(trainable_);
  }

  Results tensors;

 private:
  const at::TensorOptions options_;
  const bool trainable_;
  const std::string left_behind_;
};

class FakeDevice : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    fake_device();
    if (checkpoint_.empty()) {
      checkpoint_ = miafr_tests::temporary_folder() / "tiny-sd-fp16.safetensors";
      miafr_tests::write_half_safetensors(checkpoint_, miafr_tests::tiny_sd_tensors());
    }
  }

  // Runs a stage on both devices. Results must be equal bit for bit, or, where another kernel runs, within a share of
  // the largest value.
  template <class Stage>
  void expect_same_on_both(const Stage& stage, double tolerance = 0) {
    const Results cpu = stage(at::Device(at::kCPU)), fake = stage(fake_device());
    ASSERT_EQ(cpu.size(), fake.size());
    for (const auto& [name, tensor] : fake) {
      EXPECT_EQ(tensor.device(), fake_device()) << name;
      const at::Tensor actual = tensor.cpu(), &expected = cpu.at(name);
      ASSERT_EQ(actual.sizes(), expected.sizes()) << name;
      ASSERT_TRUE(actual.isfinite().all().item<bool>()) << name;
      const double difference = (actual.to(at::kDouble) - expected.to(at::kDouble)).abs().max().item<double>();
      EXPECT_LE(difference, tolerance * expected.to(at::kDouble).abs().max().item<double>()) << name;
      if (std::getenv("SHOW")) std::cerr << name << " " << difference / expected.to(at::kDouble).abs().max().item<double>() << "\n";
    }
  }

  // Text encoder, U-Net and autoencoder of the tiny model.
  static StableDiffusion& description() {
    static auto& model = *new StableDiffusion(checkpoint_, config(), {});
    return model;
  }
  static const ModelConfig& config() {
    static const auto& loaded =
        *new LoadedConfig(load_config(miafr_tests::data_file("tests/goldens/tiny-sd.yaml").string()));
    return loaded.config.model;
  }
  static ClipTextEncoder text_encoder(Parameters& weights) {
    return {description().text_config(), {weights, "cond_stage_model.transformer.text_model"}};
  }
  static UNetModel unet(Parameters& weights) {
    return {description().unet_config(), {weights, "model.diffusion_model"}};
  }
  static AutoencoderEncoder encoder(Parameters& weights) {
    return {description().autoencoder_config(), {weights, "first_stage_model"}};
  }
  static AutoencoderDecoder decoder(Parameters& weights) {
    return {description().autoencoder_config(), {weights, "first_stage_model"}};
  }

  static const fs::path& checkpoint() { return checkpoint_; }

 private:
  static inline fs::path checkpoint_;
};

// ---- networks

TEST_F(FakeDevice, TextEncoder) {
  expect_same_on_both([](at::Device device) {
    Weights weights(device);
    const at::Tensor ids = at::arange(0, 2 * 77 * 300, 300).view({2, 77}).to(device);
    return Results{{"hidden", text_encoder(weights).forward(ids)}};
  });
}

TEST_F(FakeDevice, UNet) {
  expect_same_on_both([](at::Device device) {
    Weights weights(device);
    Draws draws(device);
    const UNetModel network = unet(weights);
    const at::Tensor x = draws.normal({2, 4, 8, 12});
    const TextContext context = network.read_context(draws.normal({2, 77, 64}));
    return Results{{"noise", network.forward(x, at::full({2}, 301.5, x.options()), context)}};
  });
}

TEST_F(FakeDevice, Encoder) {
  expect_same_on_both([](at::Device device) {
    Weights weights(device);
    Draws draws(device);
    const at::Tensor moments = encoder(weights).forward(draws.image(2));
    return Results{{"moments", moments}, {"sample", sample_posterior(moments, draws.normal({2, 4, 8, 8}))}};
  });
}

TEST_F(FakeDevice, Decoder) {
  const at::NoGradGuard no_grad;
  expect_same_on_both([](at::Device device) {
    Weights weights(device);
    const AutoencoderDecoder network = decoder(weights);
    const at::Tensor z = Draws(device).normal({1, 4, 12, 8});
    const at::Tensor image = network.forward(z);
    return Results{{"image", image}, {"pixels", to_pixels(image)}, {"tiles", decode_in_tiles(network, z, 8, 2)}};
  });
}

TEST_F(FakeDevice, FaceWarp) {
  expect_same_on_both([](at::Device device) {
    Draws draws(device);
    const at::Tensor images = draws.image(2).requires_grad_(true);
    const at::Tensor points = 32 + 8 * draws.normal({2, 5, 2});
    const at::Tensor matrices = similarity_to_template(points, kArcFaceTemplate112);
    const at::Tensor chips = warp_to_chips(images, matrices, 112, 112);
    chips.pow(2).sum().backward();
    return Results{{"matrices", matrices}, {"chips", chips}, {"gradient", images.grad()}};
  });
}

// ---- generation, with every sampler

struct Run {
  std::string name;
  std::string sampler = "ddim";
  RawParams params = {};
  std::function<void(GenerateSettings&, ModelConfig&)> change = [](GenerateSettings&, ModelConfig&) {};
};

class Generate : public FakeDevice, public testing::WithParamInterface<Run> {
 protected:
  // Latents and pixels of every picture, which generate() hands over on the CPU.
  static Results generate_on(at::Device device, const Run& run, at::ScalarType compute) {
    PluginRegistry registry({miafr_tests::plugin_folder()});
    PluginHost host("sampler " + run.sampler, {device, 1, 2, {}}, registry);
    const auto library = registry.find("sampler", run.sampler);
    const Params params = resolve_params(library->params(), run.params, run.sampler);
    const auto sampler = PluginLibrary::create<Sampler>(library, params, host);
    static const auto& tokenizer =
        *new ClipTokenizer(miafr_tests::prefix() / "share" / "miafr" / "bpe_simple_vocab_16e6.txt.gz");
    GenerateSettings settings;
    settings.height = settings.width = 64;
    settings.n_samples = 2;
    settings.steps = 4;
    settings.negative_prompt = "blurred";
    settings.compute = compute;
    ModelConfig model_config = config();
    run.change(settings, model_config);
    StableDiffusion model(checkpoint(), model_config, {device, compute});
    Results results;
    const auto keep = [&](const GeneratedImage& image) {
      const std::string name = std::to_string(image.prompt) + "." + std::to_string(image.index);
      results["latent " + name] = image.latent;
      results["pixels " + name] = image.pixels;
    };
    generate(model, model_config, tokenizer, *sampler, {"photo of a (sks:1.3) person"}, settings, device,
             {keep, [](std::int64_t, std::int64_t) {}});
    return results;
  }

  static void expect_same_pictures(const Run& run, at::ScalarType compute, double tolerance) {
    const Results cpu = generate_on(at::kCPU, run, compute), fake = generate_on(fake_device(), run, compute);
    ASSERT_EQ(fake.size(), 4u);
    for (const auto& [name, picture] : fake) {
      const at::Tensor expected = cpu.at(name).to(at::kDouble), actual = picture.to(at::kDouble);
      const double difference = (actual - expected).abs().max().item<double>();
      const double size = expected.abs().max().item<double>();
      ASSERT_TRUE(actual.isfinite().all().item<bool>()) << name;
      EXPECT_LE(difference, picture.scalar_type() == at::kByte ? 1 : tolerance * size) << name;
      if (std::getenv("SHOW")) std::cerr << run.name << " " << name << " " << difference / size << "\n";
    }
  }
};

// Rounding grows through the steps, and the U-Net's group norms round in another order (see UNet above): in float64
// that leaves the latents, which are float32, as they are.
TEST_P(Generate, SamePictures) { expect_same_pictures(GetParam(), at::kDouble, 1e-6); }
TEST_P(Generate, SamePicturesF) { expect_same_pictures(GetParam(), at::kFloat, 1e-6); }
TEST_P(Generate, SamePicturesH) { expect_same_pictures(GetParam(), at::kHalf, 1e-6); }

std::vector<Run> runs() {
  std::vector<Run> all;
  for (const std::string& name : PluginRegistry({miafr_tests::plugin_folder()}).names("sampler"))
    all.push_back({name, name});
  all.push_back({"ddim_eta", "ddim", {{"eta", "1"}}});
  all.push_back({"dpmpp_2m_karras", "dpmpp_2m", {{"karras", "true"}}});
  const auto change = [&](const std::string& name, const auto& how) { all.push_back({name, "ddim", {}, how}); };
  change("unguided", [](GenerateSettings& settings, ModelConfig&) { settings.scale = 1; });
  change("v_prediction", [](GenerateSettings&, ModelConfig& model) { model.prediction = "v"; });
  change("batch_noise", [](GenerateSettings& settings, ModelConfig&) {
    settings.batch_noise = settings.fixed_code = true;
    settings.n_samples = 1;
    settings.n_iter = 2;
  });
  const auto photo = [](GenerateSettings& settings) {
    settings.init_image = ((Draws(at::kCPU).image(1)[0].permute({1, 2, 0}) + 1) * 127.5).to(at::kByte);
  };
  change("photo", [photo](GenerateSettings& settings, ModelConfig&) { photo(settings); });
  change("inversion", [photo](GenerateSettings& settings, ModelConfig&) {
    photo(settings);
    settings.invert = true;
  });
  return all;
}

INSTANTIATE_TEST_SUITE_P(Samplers, Generate, testing::ValuesIn(runs()), [](const auto& run) { return run.param.name; });

}  // namespace
}  // namespace miafr
