// The matchers from checkpoints in the layouts in which they are published; dlib's with its real weights.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <cstdlib>

#include "core/config/plugin_params.h"
#include "core/contract/contract.h"
#include "core/face/inception_resnet_v1.h"
#include "core/face/iresnet.h"
#include "core/io/checkpoint_writer.h"
#include "core/plugin/face_matcher.h"
#include "core/runtime/plugin_host.h"
#include "tests/support/rule_parameters.h"
#include "tests/support/safetensors.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;
using miafr_tests::RuleParameters;
using testing::HasSubstr;

constexpr const char* kAdaFaceFile = "adaface_ir101_webface12m.ckpt";
constexpr const char* kArcFaceFile = "backbone.pth";
constexpr const char* kFaceNetFile = "20180402-114759-vggface2.pt";

TensorToWrite to_write(const std::string& name, const at::Tensor& tensor) {
  const DType dtype = tensor.scalar_type() == at::kLong ? DType::kInt64 : DType::kFloat32;
  const std::vector<int64_t> shape = tensor.sizes().vec();
  return {name, dtype, shape, [=] {
            TensorView view;
            view.dtype = dtype;
            view.shape = shape;
            view.strides = contiguous_strides(shape);
            const auto keep = std::make_shared<at::Tensor>(tensor.contiguous());
            view.data = {keep, static_cast<const std::byte*>(keep->data_ptr())};
            return view;
          }};
}

// What a training run saves beside the network: counters of the normalisations, a classifier.
void write_checkpoint(const fs::path& file, const RuleParameters& rule, const std::string& prefix,
                      const std::string& classifier) {
  std::vector<TensorToWrite> tensors;
  for (const auto& [name, shape] : rule.shapes) {
    tensors.push_back(to_write(prefix + name, miafr_tests::rule_tensor(name, shape)));
    const std::size_t end = name.rfind("running_mean");
    if (end != std::string::npos)
      tensors.push_back(to_write(prefix + name.substr(0, end) + "num_batches_tracked", at::tensor(7)));
  }
  tensors.push_back(to_write(classifier, at::ones({10, 4})));
  write_torch(file, tensors);
}

IResNetConfig tiny(IResNetConfig::Layout layout) {
  IResNetConfig config;
  config.layout = layout;
  config.depths = {1, 2};
  config.widths = {8, 16};
  config.embedding_size = 32;
  return config;
}

// A model folder with the three files that are not ours to ship, weights by the rule.
const fs::path& model_folder() {
  static const fs::path& folder = *[] {
    auto* made = new fs::path(miafr_tests::temporary_folder());
    RuleParameters adaface, arcface, facenet;
    IResNet(tiny(IResNetConfig::Layout::kAdaFace), Scope(adaface, ""));
    IResNet(tiny(IResNetConfig::Layout::kArcFace), Scope(arcface, ""));
    InceptionResnetV1(Scope(facenet, ""));
    write_checkpoint(*made / kAdaFaceFile, adaface, "model.", "head.kernel");
    write_checkpoint(*made / kArcFaceFile, arcface, "", "weight");
    write_checkpoint(*made / kFaceNetFile, facenet, "", "logits.weight");
    return made;
  }();
  return folder;
}

fs::path shipped_models() { return miafr_tests::prefix() / "share" / "miafr" / "models"; }

class FaceMatchers : public testing::Test {
 protected:
  std::shared_ptr<FaceMatcher> make(const std::string& name, const RawParams& raw = {}) {
    const auto library = registry_.find("face_matcher", name);
    return PluginLibrary::create<FaceMatcher>(library, resolve_params(library->params(), raw, name), host_);
  }
  std::string failure(const std::string& name, const RawParams& raw = {}) {
    try {
      make(name, raw);
    } catch (const std::exception& e) {
      return e.what();
    }
    return "";
  }

  PluginRegistry registry_{{miafr_tests::plugin_folder()}};
  PluginHost host_{"face matcher test", RunSettings{at::kCPU, 0, {model_folder().string(), shipped_models().string()}},
                   registry_};
};

class FaceMatcherContract : public testing::TestWithParam<const char*> {};

TEST_P(FaceMatcherContract, IsMetWithWeights) {
  ::setenv("MIAFR_MODELS", (model_folder().string() + ":" + shipped_models().string()).c_str(), 1);
  PluginRegistry registry({miafr_tests::plugin_folder()});
  const auto results = check_contract(registry.find("face_matcher", GetParam()), registry);
  EXPECT_GE(results.size(), 9u);
  for (const CheckResult& result : results)
    EXPECT_EQ(result.status, CheckStatus::kPassed) << result.check << ": " << result.detail;
}

INSTANTIATE_TEST_SUITE_P(Shipped, FaceMatcherContract, testing::Values("dlib_resnet", "adaface", "arcface", "facenet"),
                         [](const auto& name) { return std::string(name.param); });

TEST_F(FaceMatchers, DlibResNetGivesTheReferencesEmbedding) {
  auto golden = miafr_tests::read_golden("real_faces.safetensors");
  const auto matcher = make("dlib_resnet");
  const FaceMatcherInfo& info = matcher->info();
  EXPECT_EQ(info.score_kind, ScoreKind::kDistance);
  const auto per_channel = [](const std::array<double, 3>& v) { return at::tensor(v, at::kFloat).view({1, 3, 1, 1}); };
  const at::Tensor faces = (golden["astronaut.chip150"] - per_channel(info.mean)) / per_channel(info.scale);
  const at::Tensor embedding = matcher->embed(faces);
  EXPECT_LE((embedding - golden["astronaut.embedding"]).abs().max().item<double>(), 1e-5);
  const at::Tensor other = golden["rule.embedding"];
  EXPECT_NEAR(matcher->compare(embedding, other).item<double>(), (embedding - other).norm().item<double>(), 1e-6);
}

TEST_F(FaceMatchers, IResNetsGiveTheUnitFeaturesOfTheirCheckpoints) {
  const at::Tensor faces = miafr_tests::rule_tensor("faces", {2, 3, 112, 112});
  for (const auto& [name, layout] :
       {std::pair{"adaface", IResNetConfig::Layout::kAdaFace}, std::pair{"arcface", IResNetConfig::Layout::kArcFace}}) {
    RuleParameters rule;
    const at::Tensor feature = IResNet(tiny(layout), Scope(rule, "")).forward(faces);
    const auto matcher = make(name);
    EXPECT_EQ(matcher->info().embedding_size, 32);
    EXPECT_EQ(matcher->info().channel_order,
              layout == IResNetConfig::Layout::kAdaFace ? ChannelOrder::kBgr : ChannelOrder::kRgb);
    EXPECT_LE((matcher->embed(faces) - feature).abs().max().item<double>(), 1e-6) << name;
  }
}

TEST_F(FaceMatchers, FaceNetIsItsCheckpoint) {
  const at::Tensor faces = miafr_tests::rule_tensor("faces", {2, 3, 160, 160});
  RuleParameters rule;
  const at::Tensor expected = InceptionResnetV1(Scope(rule, "")).forward(faces);
  EXPECT_LE((make("facenet")->embed(faces) - expected).abs().max().item<double>(), 1e-6);
}

TEST_F(FaceMatchers, OneThatIsMadeAndUsedInInferenceModeCanTrain) {
  std::shared_ptr<FaceMatcher> matcher;
  const at::Tensor faces = miafr_tests::rule_tensor("faces", {1, 3, 150, 150});
  {
    const at::InferenceMode no_gradients;
    matcher = make("dlib_resnet");
    matcher->embed(faces);
  }
  const at::Tensor leaf = faces.clone().requires_grad_(true);
  matcher->embed(leaf).sum().backward();
  EXPECT_GT(leaf.grad().norm().item<double>(), 0);
}

TEST_F(FaceMatchers, WeightsMayBeAnywhere) {
  const auto file = (miafr_tests::temporary_folder() / "mine.ckpt").string();
  fs::copy_file(model_folder() / kAdaFaceFile, file);
  EXPECT_EQ(make("adaface", {{"weights", file}})->info().embedding_size, 32);
}

TEST_F(FaceMatchers, MissingWeightsAreNamedWithTheirOrigin) {
  EXPECT_THAT(failure("adaface", {{"weights", "adaface_ir50_ms1mv2.ckpt"}}),
              testing::AllOf(HasSubstr("model file adaface_ir50_ms1mv2.ckpt is not in "),
                             HasSubstr("github.com/mk-minchul/AdaFace"), HasSubstr("--models-dir")));
}

TEST_F(FaceMatchers, AnotherNetworksCheckpointIsRefused) {
  EXPECT_THAT(failure("adaface", {{"weights", kArcFaceFile}}),
              HasSubstr("backbone.pth: holds no network of this matcher"));
  EXPECT_THAT(failure("facenet", {{"weights", kArcFaceFile}}),
              HasSubstr("backbone.pth: no tensor conv2d_1a.conv.weight; it is not a checkpoint of this network"));
  EXPECT_THAT(failure("dlib_resnet", {{"weights", "dlib_age_v1.safetensors"}}), HasSubstr("no tensor stem.weight"));
}

}  // namespace
}  // namespace miafr
