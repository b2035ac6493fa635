// dlib's face networks with their real weights, against a Python port that agrees with dlib itself.
#include <gtest/gtest.h>

#include "core/face/align.h"
#include "core/face/dlib_age_net.h"
#include "core/face/dlib_resnet.h"
#include "core/nn/tensor_parameters.h"
#include "tests/support/rule_parameters.h"
#include "tests/support/safetensors.h"

namespace miafr {
namespace {

constexpr double kTolerance = 1e-5;

double error(const at::Tensor& actual, const at::Tensor& expected) {
  EXPECT_EQ(actual.sizes(), expected.sizes());
  return (actual - expected).abs().max().item<double>();
}

// Pixels 0..255 as the networks want them.
at::Tensor input(const at::Tensor& pixels) {
  return (pixels - at::tensor(kDlibMean, pixels.options().requires_grad(false)).view({1, 3, 1, 1})) / kDlibScale;
}

class DlibNetworks : public testing::Test {
 protected:
  static TensorParameters weights(const std::string& file, at::ScalarType dtype = at::kFloat) {
    return {miafr_tests::read_safetensors(miafr_tests::data_file("models/" + file)), file, dtype};
  }
  // Pixels.
  static at::Tensor rule_chip(const std::string& name, int64_t size) {
    return (miafr_tests::rule_uniform(name, {1, 3, size, size}) * 256).floor().to(at::kFloat);
  }

  std::map<std::string, at::Tensor> golden_ = miafr_tests::read_golden("real_faces.safetensors");
  TensorParameters resnet_weights_ = weights("dlib_resnet_v1.safetensors");
  TensorParameters age_weights_ = weights("dlib_age_v1.safetensors");
  const DlibResNet resnet_{Scope(resnet_weights_, "")};
  const DlibAgeNet age_net_{Scope(age_weights_, "")};
};

TEST_F(DlibNetworks, EmbeddingsAreTheReferences) {
  EXPECT_LE(error(resnet_.forward(input(rule_chip("dlib_resnet.chip", 150))), golden_["rule.embedding"]), kTolerance);
  EXPECT_LE(error(resnet_.forward(input(golden_["astronaut.chip150"])), golden_["astronaut.embedding"]), kTolerance);
}

// In float64: at this chip a pre-activation lies so near to zero that float32's rounding, which differs from one
// convolution kernel to another, decides whether a ReLU lets 1 % of the gradient through.
TEST_F(DlibNetworks, TheGradientIsTheReferences) {
  TensorParameters weights = DlibNetworks::weights("dlib_resnet_v1.safetensors", at::kDouble);
  const at::Tensor chip = rule_chip("dlib_resnet.chip", 150).to(at::kDouble).requires_grad_(true);
  const at::Tensor embedding = DlibResNet(Scope(weights, "")).forward(input(chip));
  EXPECT_LE(error(embedding, golden_["rule.embedding"]), kTolerance);
  embedding.square().sum().backward();
  const at::Tensor expected = golden_["rule.grad_of_squared_norm"];
  EXPECT_LE(error(chip.grad(), expected), kTolerance * expected.abs().max().item<double>());
}

TEST_F(DlibNetworks, AgesAreTheReferences) {
  const at::Tensor rule = age_net_.forward(input(rule_chip("dlib_age.chip", 64)));
  EXPECT_LE(error(rule, golden_["rule.age_probabilities"]), kTolerance);
  const at::Tensor astronaut = age_net_.forward(input(golden_["astronaut.chip64"]));
  EXPECT_LE(error(astronaut, golden_["astronaut.age_probabilities"]), kTolerance);
  EXPECT_NEAR(DlibAgeNet::expected_age(astronaut).item<double>(),
              DlibAgeNet::expected_age(golden_["astronaut.age_probabilities"]).item<double>(), 0.01);
}

TEST_F(DlibNetworks, TheFirstYearOfLifeCountsAQuarter) {
  at::Tensor newborn = at::zeros({1, DlibAgeNet::kAges});
  newborn[0][0] = 1;
  EXPECT_EQ(DlibAgeNet::expected_age(newborn).item<double>(), 0.25);
}

TEST_F(DlibNetworks, AMissingTensorIsNamed) {
  TensorParameters none({}, "faces.safetensors");
  try {
    DlibResNet(Scope(none, ""));
    FAIL();
  } catch (const std::runtime_error& e) {
    EXPECT_STREQ(e.what(), "faces.safetensors: no tensor stem.weight; it is not a checkpoint of this network");
  }
}

}  // namespace
}  // namespace miafr
