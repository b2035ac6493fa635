// The networks against the reference implementations, at a tiny size and at Stable Diffusion v1.5's.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "core/nn/autoencoder_kl.h"
#include "core/nn/clip_text_encoder.h"
#include "core/nn/unet.h"
#include "tests/support/rule_parameters.h"
#include "tests/support/safetensors.h"

namespace {

using miafr_tests::RuleParameters;

constexpr const char* kUNet = "model.diffusion_model";
constexpr const char* kAutoencoder = "first_stage_model";
constexpr const char* kText = "cond_stage_model.transformer.text_model";

// The largest difference, in standard deviations of what is expected.
double error(const at::Tensor& actual, const at::Tensor& expected) {
  EXPECT_EQ(actual.sizes(), expected.sizes());
  return ((actual - expected).abs().max() / expected.std()).item<double>();
}

constexpr double kTolerance = 2e-4;

struct Size {
  std::string name;
  std::string golden;
  miafr::UNetConfig unet;
  miafr::AutoencoderConfig autoencoder;
  miafr::ClipTextConfig text;
};

Size tiny() {
  Size size;
  size.name = "Tiny";
  size.golden = "components_tiny.safetensors";
  size.unet.model_channels = 32;
  size.unet.context_dim = 64;
  size.unet.num_heads = 4;
  size.autoencoder.channels = 32;
  size.text.hidden_size = 64;
  size.text.intermediate_size = 128;
  size.text.num_layers = 2;
  size.text.num_heads = 4;
  return size;
}

Size full() {
  Size size;
  size.name = "StableDiffusion15";
  size.golden = "components_sd15.safetensors";
  return size;
}

class Networks : public testing::TestWithParam<Size> {
 protected:
  void SetUp() override { golden_ = miafr_tests::read_golden(GetParam().golden); }

  const at::InferenceMode no_gradients_;
  std::map<std::string, at::Tensor> golden_;
  RuleParameters rule_;
};

TEST_P(Networks, UNetPredictsTheReferencesNoise) {
  const miafr::UNetModel unet(GetParam().unet, {rule_, kUNet});
  ASSERT_TRUE(golden_.count("unet.0.x"));
  for (int i = 0; golden_.count("unet." + std::to_string(i) + ".x"); ++i) {
    const std::string name = "unet." + std::to_string(i) + ".";
    const auto context = unet.read_context(golden_[name + "context"]);
    for (const auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
      const at::Tensor eps = unet.forward(golden_[name + "x"].contiguous(format), golden_[name + "t"], context);
      EXPECT_LT(error(eps, golden_[name + "eps"]), kTolerance) << name;
    }
  }
}

TEST_P(Networks, AutoencoderEncodesAndDecodesAsTheReference) {
  const miafr::AutoencoderEncoder encoder(GetParam().autoencoder, {rule_, kAutoencoder});
  const miafr::AutoencoderDecoder decoder(GetParam().autoencoder, {rule_, kAutoencoder});
  EXPECT_LT(error(encoder.forward(golden_["vae.image"]), golden_["vae.moments"]), kTolerance);
  EXPECT_LT(error(decoder.forward(golden_["vae.z"]), golden_["vae.decoded"]), kTolerance);
}

TEST_P(Networks, TextEncoderGivesTheReferencesHiddenStates) {
  const miafr::ClipTextEncoder encoder(GetParam().text, {rule_, kText});
  const auto prompts = nlohmann::json::parse(std::ifstream(miafr_tests::data_file("tests/goldens/prompts.json")));
  std::vector<at::Tensor> ids;
  for (int i = 0; i < 4; ++i) ids.push_back(at::tensor(prompts["ids"][i].get<std::vector<int64_t>>()));
  EXPECT_LT(error(encoder.forward(at::stack(ids)), golden_["clip.hidden"]), kTolerance);
}

TEST_P(Networks, SizesFollowFromTheShapes) {
  const Size size = GetParam();
  miafr::UNetModel(size.unet, {rule_, kUNet});
  miafr::AutoencoderDecoder(size.autoencoder, {rule_, kAutoencoder});
  miafr::ClipTextEncoder(size.text, {rule_, kText});
  const auto shape_of = [&](const std::string& name) -> std::optional<std::vector<int64_t>> {
    const auto found = rule_.shapes.find(name);
    if (found == rule_.shapes.end()) return std::nullopt;
    return found->second;
  };
  const auto unet = miafr::UNetConfig::from_checkpoint(shape_of, kUNet, size.unet.num_heads);
  ASSERT_TRUE(unet);
  EXPECT_EQ(unet->in_channels, 4);
  EXPECT_EQ(unet->out_channels, 4);
  EXPECT_EQ(unet->model_channels, size.unet.model_channels);
  EXPECT_EQ(unet->num_res_blocks, 2);
  EXPECT_EQ(unet->channel_mult, size.unet.channel_mult);
  EXPECT_EQ(unet->has_attention, size.unet.has_attention);
  EXPECT_EQ(unet->transformer_depth, 1);
  EXPECT_EQ(unet->context_dim, size.unet.context_dim);
  const auto autoencoder = miafr::AutoencoderConfig::from_checkpoint(shape_of, kAutoencoder);
  ASSERT_TRUE(autoencoder);
  EXPECT_EQ(autoencoder->channels, size.autoencoder.channels);
  EXPECT_EQ(autoencoder->channel_mult, size.autoencoder.channel_mult);
  EXPECT_EQ(autoencoder->num_res_blocks, 2);
  EXPECT_EQ(autoencoder->factor(), 8);
  const auto text = miafr::ClipTextConfig::from_checkpoint(shape_of, kText, size.text.num_heads);
  ASSERT_TRUE(text);
  EXPECT_EQ(text->vocab_size, 49408);
  EXPECT_EQ(text->max_positions, 77);
  EXPECT_EQ(text->hidden_size, size.text.hidden_size);
  EXPECT_EQ(text->intermediate_size, size.text.intermediate_size);
  EXPECT_EQ(text->num_layers, size.text.num_layers);
  EXPECT_FALSE(miafr::UNetConfig::from_checkpoint(shape_of, "no_such", 8));
}

void PrintTo(const Size& size, std::ostream* out) { *out << size.name; }

INSTANTIATE_TEST_SUITE_P(Sizes, Networks, testing::Values(tiny(), full()),
                         [](const auto& size) { return size.param.name; });

// The gradient of a trained network must reach every parameter.
TEST(NetworksTraining, GradientReachesEveryParameter) {
  struct Trainable final : miafr::Parameters {
    at::Tensor get(const std::string& name, at::IntArrayRef shape) override {
      return all[name] = miafr_tests::rule_tensor(name, shape).requires_grad_();
    }
    std::map<std::string, at::Tensor> all;
  } trainable;
  const Size size = tiny();
  const miafr::UNetModel unet(size.unet, {trainable, kUNet});
  const miafr::ClipTextEncoder text(size.text, {trainable, kText});
  const at::Tensor hidden = text.forward(at::arange(77, at::kLong).unsqueeze(0));
  const at::Tensor eps = unet.forward(at::randn({1, 4, 8, 8}), at::tensor({500}), unet.read_context(hidden));
  eps.square().mean().backward();
  for (const auto& [name, parameter] : trainable.all) EXPECT_TRUE(parameter.grad().defined()) << name;
}

}  // namespace
