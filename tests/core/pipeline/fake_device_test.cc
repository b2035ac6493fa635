// The whole pipeline on a device that is not the CPU (tests/support/fake_device.h): every tensor in its place, and the
// CPU's numbers. A stage is one function from a device to named results, so that a new one is a function and a test.
#include "tests/support/fake_device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/types.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/config/load_config.h"
#include "core/config/plugin_params.h"
#include "core/contract/stand_in_host.h"
#include "core/cuda/table_kernels.h"
#include "core/face/align.h"
#include "core/models/stable_diffusion.h"
#include "core/pipeline/decode.h"
#include "core/pipeline/generate.h"
#include "core/plugin/face_matcher.h"
#include "core/plugin/loss.h"
#include "core/plugin/sampler.h"
#include "core/runtime/plugin_host.h"
#include "core/text/clip_tokenizer.h"
#include "tests/support/fake_kernels.h"
#include "tests/support/tiny_sd.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;
using miafr_tests::fake_device;
using miafr_tests::kernel_calls;
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

  static at::Tensor token_ids(at::Device device) { return at::arange(0, 2 * 77 * 300, 300).view({2, 77}).to(device); }

  static const fs::path& checkpoint() { return checkpoint_; }

 private:
  static inline fs::path checkpoint_;
};

// ---- networks

TEST_F(FakeDevice, TextEncoder) {
  expect_same_on_both([](at::Device device) {
    Weights weights(device);
    return Results{{"hidden", text_encoder(weights).forward(token_ids(device))}};
  });
}

// at::group_norm of the channels-last format, which attention leaves behind, is another kernel on the CPU: elsewhere it
// copies and sums in another order. In float64 that does not show.
TEST_F(FakeDevice, UNet) {
  const auto predict = [](at::Device device, at::ScalarType dtype) {
    Weights weights(at::device(device).dtype(dtype));
    Draws draws(device);
    const UNetModel network = unet(weights);
    const at::Tensor x = draws.normal({2, 4, 8, 12}).to(dtype);
    const TextContext context = network.read_context(draws.normal({2, 77, 64}).to(dtype));
    return Results{{"noise", network.forward(x, at::full({2}, 301.5, x.options()), context)}};
  };
  expect_same_on_both([&](at::Device device) { return predict(device, at::kDouble); }, 1e-13);
  expect_same_on_both([&](at::Device device) { return predict(device, at::kFloat); }, 2e-6);
}

// In float32 the CPU has kernels of its own for convolution and attention; see UNet.
TEST_F(FakeDevice, Encoder) {
  const auto encode = [](at::Device device, at::ScalarType dtype) {
    Weights weights(at::device(device).dtype(dtype));
    Draws draws(device);
    const at::Tensor moments = encoder(weights).forward(draws.image(2).to(dtype));
    return Results{{"moments", moments}, {"sample", sample_posterior(moments, draws.normal({2, 4, 8, 8}).to(dtype))}};
  };
  expect_same_on_both([&](at::Device device) { return encode(device, at::kDouble); }, 1e-13);
  expect_same_on_both([&](at::Device device) { return encode(device, at::kFloat); }, 2e-6);
}

TEST_F(FakeDevice, Decoder) {
  const auto decode = [](at::Device device, at::ScalarType dtype) {
    Weights weights(at::device(device).dtype(dtype));
    return decoder(weights).forward(Draws(device).normal({2, 4, 12, 8}).to(dtype));
  };
  const auto exactly = [&](at::Device device) {
    const at::Tensor image = decode(device, at::kDouble);
    return Results{{"image", image}, {"pixels", to_pixels(image)}};
  };
  expect_same_on_both(exactly, 1e-13);
  const at::Tensor exact = decode(at::kCPU, at::kDouble);
  const auto error = [&](at::Device device) {
    return (decode(device, at::kFloat).cpu() - exact).abs().max().item<double>();
  };
  EXPECT_LE(error(at::kCPU), 2 * error(fake_device()));
  EXPECT_LE(error(fake_device()), 4e-6 * exact.abs().max().item<double>());
}

// Tiles are channels-last; see UNet.
TEST_F(FakeDevice, DecoderInTiles) {
  const auto decode = [](at::Device device) {
    Weights weights(at::device(device).dtype(at::kDouble));
    const at::Tensor z = Draws(device).normal({1, 4, 12, 8}).to(at::kDouble);
    return Results{{"image", decode_in_tiles(decoder(weights), z, 8, 2)}};
  };
  expect_same_on_both(decode, 1e-13);
}

TEST_F(FakeDevice, FaceWarp) {
  expect_same_on_both([](at::Device device) {
    Draws draws(device);
    const at::Tensor images = draws.image(2).requires_grad_(true);
    const at::Tensor points = 32 + 8 * draws.normal({2, 5, 2});
    const at::Tensor matrices = similarity_to_template(points, kArcFacePoints112);
    const at::Tensor chips = warp_to_chips(images, matrices, 112, 112);
    chips.pow(2).sum().backward();
    return Results{{"matrices", matrices}, {"chips", chips}, {"gradient", images.grad()}};
  });
}

// ---- generation, with every sampler

struct Generation {
  std::string name;
  std::string sampler = "ddim";
  RawParams params = {};
  std::function<void(GenerateSettings&, ModelConfig&)> change = [](GenerateSettings&, ModelConfig&) {};
  double tolerance = 1e-6;  // of latents
};

void PrintTo(const Generation& run, std::ostream* out) { *out << run.name; }

// The U-Net computes in float64, where another order of summation (see FakeDevice.UNet) is lost when its output is
// rounded to the sampler's float32.
class Generate : public FakeDevice, public testing::WithParamInterface<Generation> {
 protected:
  // Latents and pixels of every picture, which generate() hands over on the CPU.
  static Results generate_on(at::Device device, const Generation& run, at::ScalarType compute) {
    PluginRegistry registry({miafr_tests::plugin_folder()});
    const auto sampler = choose_plugin<Sampler>({run.sampler, run.params}, registry, {device, 2, {}});
    static const auto& tokenizer =
        *new ClipTokenizer(miafr_tests::prefix() / "share" / "miafr" / "bpe_simple_vocab_16e6.txt.gz");
    GenerateSettings settings;
    settings.height = settings.width = 64;
    settings.images = 2;
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
    generate(model, model_config, tokenizer, sampler, {"photo of a (sks:1.3) person"}, settings, device,
             {keep, [](std::int64_t, std::int64_t) {}});
    return results;
  }

  static void expect_same_pictures(const Generation& run, at::ScalarType compute, double tolerance) {
    const Results cpu = generate_on(at::kCPU, run, compute), fake = generate_on(fake_device(), run, compute);
    ASSERT_EQ(fake.size(), 4u);
    for (const auto& [name, picture] : fake) {
      const at::Tensor expected = cpu.at(name).to(at::kDouble), actual = picture.to(at::kDouble);
      const double difference = (actual - expected).abs().max().item<double>();
      const double size = expected.abs().max().item<double>();
      ASSERT_TRUE(actual.isfinite().all().item<bool>()) << name;
      EXPECT_LE(difference, picture.scalar_type() == at::kByte ? std::max(1.0, tolerance * 255) : tolerance * size)
          << name;
    }
  }
};

TEST_P(Generate, SamePictures) { expect_same_pictures(GetParam(), at::kDouble, GetParam().tolerance); }

std::vector<Generation> runs() {
  std::vector<Generation> all;
  for (const std::string& name : PluginRegistry({miafr_tests::plugin_folder()}).names("sampler"))
    all.push_back({name, name});
  all.push_back({"ddim_eta", "ddim", {{"eta", "1"}}});
  all.push_back({"dpmpp_2m_karras", "dpmpp_2m", {{"karras", "true"}}});
  const auto change = [&](const std::string& name, const auto& how) { all.push_back({name, "ddim", {}, how}); };
  change("unguided", [](GenerateSettings& settings, ModelConfig&) { settings.scale = 1; });
  change("v_prediction", [](GenerateSettings&, ModelConfig& model) { model.prediction = "v"; });
  change("batch_noise", [](GenerateSettings& settings, ModelConfig&) {
    settings.noise = "batch";
    settings.fixed_code = true;
    settings.images = 1;
    settings.rounds = 2;
  });
  const auto photo = [](GenerateSettings& settings) {
    settings.photo = ((Draws(at::kCPU).image(1)[0].permute({1, 2, 0}) + 1) * 127.5).to(at::kByte);
  };
  change("photo", [photo](GenerateSettings& settings, ModelConfig&) { photo(settings); });
  change("inversion", [photo](GenerateSettings& settings, ModelConfig&) {
    photo(settings);
    settings.invert = true;
    settings.scale = 1;
  });
  // The photo's encoder computes in float32, channels-last, and inversion takes its rounding, 3e-7, 30 times up: just
  // as much as between two convolution kernels of the CPU.
  all.back().tolerance = 2e-5;
  return all;
}

INSTANTIATE_TEST_SUITE_P(Samplers, Generate, testing::ValuesIn(runs()), [](const auto& run) { return run.param.name; });

using GenerateAsRun = Generate;

// As it is run: float32 on the CPU by Winograd's and by reordered convolutions,
// float16 on a GPU. Guidance and four steps make the U-Net's own difference about four times as large.
TEST_F(GenerateAsRun, SamePictures) { expect_same_pictures({"ddim"}, at::kFloat, 1e-5); }
TEST_F(GenerateAsRun, SamePicturesInHalf) { expect_same_pictures({"ddim"}, at::kHalf, 2e-2); }

// ---- with the kernels that a GPU has

// kernels.cu, compiled for the CPU, in place of ATen's operations.
class FusedKernelsInUse : public Generate {
 protected:
  void SetUp() override {
    fused_kernels(fake_device().type()) = &kernels_;
    kernel_calls() = {};
  }
  void TearDown() override {
    fused_kernels(fake_device().type()) = nullptr;
    EXPECT_THAT(warnings_, testing::IsEmpty());
  }

  static std::int64_t group_norms(const Weights& unet) {
    return std::count_if(unet.tensors.begin(), unet.tensors.end(), [](const auto& named) {
      const std::string& name = named.first;
      for (const std::string end : {"in_layers.0.weight", "out_layers.0.weight", ".norm.weight", ".out.0.weight"})
        if (name.size() > end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0) return true;
      return false;
    });
  }

 private:
  std::vector<std::string> warnings_;
  // By a clock that stands still no kernel is too slow.
  TableKernels kernels_{miafr_tests::fake_device_kernels(), [] { return 0.0; },
                        [this](const std::string& line) { warnings_.push_back(line); }};
};

// The network never leaves the channels-last format, else ATen would have to do a norm.
TEST_F(FusedKernelsInUse, EveryNormOfTheUNetIsOne) {
  const auto predict = [](at::Device device) {
    Weights weights(device);
    Draws draws(device);
    const UNetModel network = unet(weights);
    const at::Tensor x = draws.normal({2, 4, 8, 12}).contiguous(at::MemoryFormat::ChannelsLast);
    const TextContext context = network.read_context(draws.normal({2, 77, 64}));
    const auto forward = [&] { return network.forward(x, at::full({2}, 301.5, x.options()), context); };
    forward();  // with the trial of each kernel
    kernel_calls() = {};
    const at::Tensor noise = forward();
    EXPECT_EQ(kernel_calls().group_norm, device == fake_device() ? group_norms(weights) : 0);
    return Results{{"noise", noise}};
  };
  expect_same_on_both(predict, 2e-6);
}

TEST_F(FusedKernelsInUse, SamePictures) {
  for (const Generation& run :
       {Generation{"ddim", "ddim"}, Generation{"ddim_eta", "ddim", {{"eta", "1"}}}, Generation{"plms", "plms"}}) {
    SCOPED_TRACE(run.name);
    kernel_calls() = {};
    expect_same_pictures(run, at::kFloat, 1e-5);
    EXPECT_GT(kernel_calls().group_norm, 0);
    EXPECT_GT(kernel_calls().guidance, 0);
  }
}

TEST_F(FusedKernelsInUse, SamePicturesInHalf) {
  expect_same_pictures({"ddim"}, at::kHalf, 2e-2);
  EXPECT_GT(kernel_calls().group_norm, 0);
  EXPECT_GT(kernel_calls().guidance, 0);
}

// ---- losses

// What a run computes for its losses: the tiny model's decoder, stand-ins for detector and matcher.
class LossHost final : public PluginHost {
 public:
  LossHost(PluginRegistry& registry, at::Device device, const AutoencoderConfig& autoencoder)
      : PluginHost("loss", {device, 2, {}}, registry),
        stand_in_("loss", registry),
        weights_(device),
        decoder_(autoencoder, {weights_, "first_stage_model"}) {}
  at::Tensor decode(const at::Tensor& latents) { return decoder_.forward(latents / 0.18215); }
  std::shared_ptr<FaceMatcher> face_matcher(const std::string& name, MatcherUse use) override {
    return stand_in_.face_matcher(name, use);
  }

 private:
  StandInHost stand_in_;
  Weights weights_;
  const AutoencoderDecoder decoder_;
};

struct LossRun {
  std::string name, loss;
  RawParams params = {};
};
void PrintTo(const LossRun& run, std::ostream* out) { *out << run.name; }

class Losses : public FakeDevice, public testing::WithParamInterface<LossRun> {
 protected:
  static std::shared_ptr<IdentityLoss> make(PluginRegistry& registry, LossHost& host, const LossRun& run) {
    const auto library = registry.find("loss", run.loss);
    return PluginLibrary::create<IdentityLoss>(library, resolve_params(library->params(), run.params, run.name), host);
  }

  // All that a loss may ask for, from predicted noise [2,4,8,8].
  static LossInputs inputs(const at::Tensor& noise_pred, const at::Tensor& x_t, Draws& draws, LossHost& host) {
    const NoiseSchedule schedule;
    const at::TensorOptions options = noise_pred.options();
    LossInputs in;
    in.noise_pred = noise_pred;
    in.noise = draws.normal(noise_pred.sizes()).to(options);
    in.timesteps = timesteps(options.device());
    in.alphas_cumprod =
        at::tensor({schedule.alpha_cumprod(120), schedule.alpha_cumprod(480)}, at::kFloat).to(options.device());
    const at::Tensor acp = in.alphas_cumprod.to(options).view({2, 1, 1, 1});
    in.x0_pred = (x_t - (1 - acp).sqrt() * noise_pred) / acp.sqrt();
    in.image_pred = host.decode(in.x0_pred);
    in.image = draws.image(2).to(options);
    in.face_points = stand_in_face_points(in.image);
    in.pair_image = draws.image(2).to(options);
    in.pair_face_points = stand_in_face_points(in.pair_image);
    return in;
  }
  static at::Tensor timesteps(at::Device device) { return at::tensor({120, 480}, at::kLong).to(device); }

  // Three steps of training, each by a new object that goes on from the state of the one before.
  static Results train_on(at::Device device, const LossRun& run) {
    PluginRegistry registry({miafr_tests::plugin_folder()});
    LossHost host(registry, device, description().autoencoder_config());
    Draws draws(device);
    std::map<std::string, at::Tensor> state;
    Results results;
    for (const char* step : {"1", "2", "3"}) {
      const auto loss = make(registry, host, run);
      loss->load_state(state);
      const at::Tensor noise_pred = draws.normal({2, 4, 8, 8}).requires_grad_(true);
      const at::Tensor value = loss->forward(inputs(noise_pred, draws.normal({2, 4, 8, 8}), draws, host));
      value.backward();
      results[std::string("value ") + step] = value.detach();
      results[std::string("gradient ") + step] = noise_pred.grad();
      state = loss->state();
      for (const auto& [name, tensor] : state) results[name + " " + step] = tensor;
    }
    return results;
  }
};

TEST_P(Losses, SameValuesAndGradients) {
  expect_same_on_both([](at::Device device) { return train_on(device, GetParam()); });
}

std::vector<LossRun> losses() {
  std::vector<LossRun> all;
  for (const std::string& name : PluginRegistry({miafr_tests::plugin_folder()}).names("loss"))
    all.push_back({name, name});
  all.push_back({"contrastive_queue", "contrastive", {{"queue", "3"}}});
  all.push_back({"biometric_l1", "biometric", {{"distance", "l1"}, {"time_weight", "quadratic"}}});
  all.push_back({"biometric_triplet", "biometric", {{"distance", "triplet"}, {"time_weight", "none"}}});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Installed, Losses, testing::ValuesIn(losses()),
                         [](const auto& run) { return run.param.name; });

using Training = Losses;

// Every loss at once, down to the weights of U-Net and text encoder. In float64, see UNet.
TEST_F(Training, SameGradientsOfAllWeights) {
  const auto step = [](at::Device device) {
    PluginRegistry registry({miafr_tests::plugin_folder()});
    LossHost host(registry, device, description().autoencoder_config());
    Weights weights(at::device(device).dtype(at::kDouble), /*trainable=*/true);
    const UNetModel network = unet(weights);
    Draws draws(device);
    const at::Tensor hidden = text_encoder(weights).forward(token_ids(device)).to(at::kDouble);
    const at::Tensor x_t = draws.normal({2, 4, 8, 8}).to(at::kDouble);
    const at::Tensor predicted = network.forward(x_t, timesteps(device), network.read_context(hidden));
    const LossInputs in = inputs(predicted, x_t, draws, host);
    at::Tensor loss = at::mse_loss(predicted, in.noise);
    for (const std::string& name : registry.names("loss"))
      loss = loss + 0.1 * make(registry, host, {name, name})->forward(in);
    loss.backward();
    std::vector<at::Tensor> gradients;
    for (const auto& [name, tensor] : weights.tensors) gradients.push_back(tensor.grad().flatten());
    return Results{{"loss", loss.detach()}, {"gradients", at::cat(gradients)}};
  };
  expect_same_on_both(step, 1e-10);
}

// ---- what must be refused

// A weight that a network keeps on the CPU, by a name of each kind of layer.
class LeftBehind : public FakeDevice, public testing::WithParamInterface<std::pair<const char*, const char*>> {};

TEST_P(LeftBehind, IsNamed) {
  const auto [name, message] = GetParam();
  Weights weights(fake_device(), false, name);
  const UNetModel network = unet(weights);
  const ClipTextEncoder text = text_encoder(weights);
  const auto run = [&] {
    const at::Tensor x = Draws(fake_device()).normal({2, 4, 8, 8});
    network.forward(x, at::full({2}, 10, x.options()), network.read_context(text.forward(token_ids(fake_device()))));
  };
  ASSERT_FALSE(weights.tensors.at(name).is_hpu());
  EXPECT_THAT(run, ThrowsMessage<c10::Error>(HasSubstr(std::string("fake device: ") + message)));
}

INSTANTIATE_TEST_SUITE_P(
    Layers, LeftBehind,
    testing::Values(
        std::pair("model.diffusion_model.input_blocks.3.0.op.weight", "aten::convolution: argument 'weight' is on cpu"),
        std::pair("model.diffusion_model.middle_block.0.out_layers.0.bias", "aten::native_group_norm: argument 'bias'"),
        std::pair("model.diffusion_model.middle_block.1.transformer_blocks.0.norm2.weight",
                  "aten::native_layer_norm: argument 'weight'"),
        std::pair("model.diffusion_model.time_embed.2.weight", "aten::addmm: argument 'mat2'"),
        std::pair("model.diffusion_model.output_blocks.9.1.transformer_blocks.0.attn1.to_v.weight", "aten::mm"),
        std::pair("cond_stage_model.transformer.text_model.embeddings.token_embedding.weight",
                  "aten::index_select: argument 'self'"),
        std::pair("cond_stage_model.transformer.text_model.embeddings.position_embedding.weight",
                  "aten::add.Tensor: argument 'other'")),
    [](const auto& layer) { return "Layer" + std::to_string(layer.index); });

// Noise that a source leaves on the CPU, in a sampler plugin.
TEST_F(FakeDevice, NoiseOnTheCpuIsRefused) {
  class CpuNoise final : public NoiseSource {
   public:
    at::Tensor draw(const at::Tensor& like, std::int64_t) override { return at::randn(like.sizes()); }
    void skip(const at::Tensor&, std::int64_t) override {}
  };
  PluginRegistry registry({miafr_tests::plugin_folder()});
  PluginHost host("sampler ddpm", {fake_device(), 2, {}}, registry);
  const auto sampler = PluginLibrary::create<Sampler>(registry.find("sampler", "ddpm"), {}, host);
  const NoisePredictor predict = [](const at::Tensor& x, double) { return 0.8 * x.sin(); };
  const StepCallback on_step = [](const SamplerStep&) {};
  CpuNoise noise;
  const at::Tensor x = Draws(fake_device()).normal({2, 4, 8, 8});
  EXPECT_THAT(
      [&] {
        sampler->sample({predict, NoiseSchedule(), noise, on_step, x, 4});
      },
      ThrowsMessage<c10::Error>(HasSubstr("fake device: aten::add_.Tensor: argument 'other' is on cpu")));
}

// here [4,4,4,4] on the device, there the same on the CPU.
struct Misplaced {
  const char* name;
  const char* message;
  void (*run)(const at::Tensor& here, const at::Tensor& there);
};
void PrintTo(const Misplaced& what, std::ostream* out) { *out << what.name; }

class Refused : public FakeDevice, public testing::WithParamInterface<Misplaced> {};

TEST_P(Refused, WithTheOperatorAndTheArgument) {
  const at::Tensor there = at::randn({4, 4, 4, 4}), here = there.to(fake_device());
  EXPECT_THAT([&] { GetParam().run(here, there); }, ThrowsMessage<c10::Error>(HasSubstr(GetParam().message)));
}

using T = const at::Tensor&;
const Misplaced kMisplaced[] = {
    {"conv_input", "aten::convolution: argument 'input'", [](T here, T there) { at::conv2d(there, here); }},
    {"conv_weight", "aten::convolution: argument 'weight'", [](T here, T there) { at::conv2d(here, there); }},
    {"conv_bias", "aten::convolution: argument 'bias'",
     [](T here, T there) { at::conv2d(here, here, there[0][0][0]); }},
    {"add", "fake device: aten::add.Tensor: argument 'other' is on cpu, must be on hpu:0",
     [](T here, T there) { here.add(there); }},
    {"add_first", "aten::add.Tensor: argument 'self'", [](T here, T there) { there.add(here); }},
    {"add_into_cpu", "aten::add_.Tensor: argument 'self'", [](T here, T there) { there.sum().add_(here.sum()); }},
    {"layer_norm", "aten::native_layer_norm: argument 'bias'",
     [](T here, T there) { at::layer_norm(here, 4, here[0][0][0], there[0][0][0]); }},
    {"cat", "aten::cat: argument 'tensors'",
     [](T here, T there) {
       at::cat(std::vector<at::Tensor>{here, there});
     }},
    {"stack", "aten::cat: argument 'tensors'",
     [](T here, T there) {
       at::stack(std::vector<at::Tensor>{here, there});
     }},
    {"index", "aten::index.Tensor: argument 'self'", [](T here, T there) { at::index(there, {here > 0}); }},
    {"index_by_cpu", "aten::index.Tensor: argument 'indices'", [](T here, T there) { at::index(here, {there > 0}); }},
    {"where", "aten::where.self: argument 'condition'", [](T here, T there) { at::where(there > 0, here, here); }},
    {"where_other", "aten::where.self: argument 'other'", [](T here, T there) { at::where(here > 0, here, there); }},
    {"attention", "to have the same device type, but got query.device: hpu:0 key.device: cpu",  // LibTorch's own words
     [](T here, T there) { at::scaled_dot_product_attention(here, there, here); }},
    {"attention_mask", "argument 'attn_mask'",
     [](T here, T there) { at::scaled_dot_product_attention(here, here, here, there); }},
    {"matmul", "aten::bmm: argument 'mat2'", [](T here, T there) { at::matmul(here, there); }},
    {"grid_sampler", "aten::grid_sampler_2d: argument 'grid'",
     [](T here, T there) { at::grid_sampler(here, there.slice(3, 0, 2), 0, 1, true); }},
    {"generator", "aten::normal_: argument 'generator' is on cpu",
     [](T here, T) { at::randn({4}, at::detail::createCPUGenerator(1), here.options()); }},
};

INSTANTIATE_TEST_SUITE_P(Operators, Refused, testing::ValuesIn(kMisplaced),
                         [](const auto& what) { return std::string(what.param.name); });

// ---- what must not be refused

TEST_F(FakeDevice, CopiesAndNumbersPass) {
  const at::Tensor there = at::randn({4, 6}), here = there.to(fake_device()), two = at::scalar_tensor(2);
  std::vector<float> memory = {1, 2, 3, 4};
  expect_same_on_both([&](at::Device device) {
    const at::Tensor x = there.to(device);
    at::Tensor grown = at::empty({0}, x.options());
    grown.resize_({2, 3}).fill_(x[0][0].item<float>());
    at::Tensor set = at::empty({0}, x.options());
    set.set_(x);
    at::Tensor written = at::zeros_like(x);
    written.slice(1, 0, 6, 2).copy_(there.slice(1, 0, 3));  // between devices, into a view
    return Results{
        {"numbers", at::where(x > 0, x * two, two) + 1},
        {"blob", at::from_blob(memory.data(), {4}).to(device, at::kDouble)},
        {"resized", grown},
        {"set", set},
        {"written", written},
        {"strided", at::empty_strided({2, 3}, {1, 2}, x.options()).copy_(there.narrow(1, 0, 3).narrow(0, 0, 2))},
        {"range", at::arange(5, x.options()).masked_fill(at::eye(5, x.options())[1] > 0, 7)}};
  });
}

// Nothing else would notice: LibTorch hands out the address, and a GPU's driver stops the program as the CPU does here.
TEST_F(FakeDevice, HostCodeCannotFollowItsPointers) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const at::Tensor here = at::ones({4}).to(fake_device());
  const float* address = here.const_data_ptr<float>();
  EXPECT_DEATH(
      {
        volatile float value = address[1];
        (void)value;
      },
      "fake device: host code reads or writes");
}

}  // namespace
}  // namespace miafr
