// ArcFace's, AdaFace's and FaceNet's networks against the reference implementations, with weights by the rule.
#include <gtest/gtest.h>

#include "core/face/inception_resnet_v1.h"
#include "core/face/iresnet.h"
#include "tests/support/rule_parameters.h"
#include "tests/support/safetensors.h"

namespace miafr {
namespace {

constexpr double kTolerance = 1e-4;

// The largest difference, in standard deviations of what is expected.
double error(const at::Tensor& actual, const at::Tensor& expected) {
  EXPECT_EQ(actual.sizes(), expected.sizes());
  return ((actual - expected).abs().max() / expected.std()).item<double>();
}

// By the rule, under "<net>.<name>", and remembers the shapes as a checkpoint of the net has them.
class NetParameters final : public Parameters {
 public:
  explicit NetParameters(std::string net) : net_(std::move(net)) {}
  at::Tensor get(const std::string& name, at::IntArrayRef shape) override {
    shapes[name] = shape.vec();
    return miafr_tests::rule_tensor(net_ + "." + name, shape);
  }
  ShapeLookup shape_lookup() const {
    return [this](const std::string& name) -> std::optional<std::vector<int64_t>> {
      const auto found = shapes.find(name);
      if (found == shapes.end()) return std::nullopt;
      return found->second;
    };
  }

  std::map<std::string, std::vector<int64_t>> shapes;

 private:
  const std::string net_;
};

struct Net {
  const char* name;  // in the goldens
  IResNetConfig::Layout layout;
  std::vector<int64_t> depths;
};

class IResNets : public testing::TestWithParam<Net> {};

TEST_P(IResNets, AgreesWithTheReference) {
  const auto& [name, layout, depths] = GetParam();
  auto golden = miafr_tests::read_golden("faces.safetensors");
  NetParameters parameters(name);
  IResNetConfig config;
  config.layout = layout;
  config.depths = depths;
  const IResNet net(config, Scope(parameters, ""));
  const at::Tensor feature = net.forward(golden["x112"]);
  if (layout == IResNetConfig::Layout::kArcFace) {
    EXPECT_LE(error(feature, golden[std::string(name) + ".out0"]), kTolerance);
  } else {
    const at::Tensor length = feature.norm(2, 1, true);
    EXPECT_LE(error(feature / length, golden[std::string(name) + ".out0"]), kTolerance);
    EXPECT_LE(((length / golden[std::string(name) + ".out1"]) - 1).abs().max().item<double>(), kTolerance);
  }

  const auto found = IResNetConfig::from_checkpoint(parameters.shape_lookup());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->layout, layout);
  EXPECT_EQ(found->depths, depths);
  EXPECT_EQ(found->widths, config.widths);
  EXPECT_EQ(found->embedding_size, 512);
}

INSTANTIATE_TEST_SUITE_P(Published, IResNets,
                         testing::Values(Net{"adaface_ir18", IResNetConfig::Layout::kAdaFace, {2, 2, 2, 2}},
                                         Net{"adaface_ir50", IResNetConfig::Layout::kAdaFace, {3, 4, 14, 3}},
                                         Net{"adaface_ir101", IResNetConfig::Layout::kAdaFace, {3, 13, 30, 3}},
                                         Net{"arcface_r50", IResNetConfig::Layout::kArcFace, {3, 4, 14, 3}},
                                         Net{"arcface_r100", IResNetConfig::Layout::kArcFace, {3, 13, 30, 3}}),
                         [](const auto& net) { return net.param.name; });

TEST(IResNetConfig, OtherNetworksAreNone) {
  EXPECT_FALSE(IResNetConfig::from_checkpoint([](const std::string&) { return std::nullopt; }));
}

TEST(InceptionResnetV1, AgreesWithTheReference) {
  auto golden = miafr_tests::read_golden("faces.safetensors");
  NetParameters parameters("facenet_irv1");
  const InceptionResnetV1 net(Scope(parameters, ""));
  EXPECT_LE(error(net.forward(golden["x160"]), golden["facenet_irv1.out0"]), kTolerance);
}

// With gradients asked for, another kernel computes: the same numbers, and a derivative that finite differences
// confirm.
template <class Forward>
void expect_gradient(const Forward& forward, const at::Tensor& x) {
  const at::Tensor leaf = x.to(at::kDouble).requires_grad_(true);
  at::manual_seed(3);
  const at::Tensor out = forward(leaf), weight = at::randn_like(out), direction = at::randn_like(leaf);
  EXPECT_LE(error(out.to(at::kFloat), forward(x)), kTolerance);
  (out * weight).sum().backward();
  const at::NoGradGuard no_grad;
  constexpr double kStep = 1e-8;
  const auto value = [&](double step) {
    return (forward(leaf + step * direction) * weight).sum().template item<double>();
  };
  const double measured = (value(kStep) - value(-kStep)) / (2 * kStep);
  const double derivative = (leaf.grad() * direction).sum().template item<double>();
  EXPECT_NEAR(derivative, measured, 1e-4 * std::abs(measured));
}

TEST(FaceNetworksTraining, GradientsReachThePixels) {
  auto golden = miafr_tests::read_golden("faces.safetensors");
  IResNetConfig config;
  config.depths = {1, 2};
  config.widths = {8, 16};
  config.embedding_size = 4;
  for (const auto layout : {IResNetConfig::Layout::kAdaFace, IResNetConfig::Layout::kArcFace}) {
    config.layout = layout;
    NetParameters parameters("tiny");
    const IResNet net(config, Scope(parameters, ""));
    expect_gradient([&](const at::Tensor& x) { return net.forward(x); }, golden["x112"]);
  }
  NetParameters parameters("facenet_irv1");
  const InceptionResnetV1 net(Scope(parameters, ""));
  expect_gradient([&](const at::Tensor& x) { return net.forward(x); }, golden["x160"].slice(0, 0, 1));
}

}  // namespace
}  // namespace miafr
