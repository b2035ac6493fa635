// Detection, embeddings, age, quality and scores on a device that is not the CPU: every tensor in its place, and the
// CPU's numbers.
#include <gtest/gtest.h>
#include <torch/types.h>

#include "core/evaluation/comparisons.h"
#include "core/face/face_analysis.h"
#include "tests/support/fake_device.h"
#include "tests/support/files.h"

namespace miafr {
namespace {

using miafr_tests::fake_device;

FaceNetworks networks_on(PluginRegistry& registry, at::Device device) {
  const RunSettings run{device, 0, {(miafr_tests::prefix() / "share" / "miafr" / "models").string()}};
  FaceNetworks networks;
  networks.detector = choose_plugin<FaceDetector>({"mtcnn", {}}, registry, run);
  networks.matchers.push_back(choose_plugin<FaceMatcher>({"dlib_resnet", {}}, registry, run));
  networks.age = choose_plugin<AgeEstimator>({"dlib_age", {}}, registry, run);
  networks.quality.push_back(choose_plugin<Quality>({"face_measures", {}}, registry, run));
  return networks;
}

struct Seen {
  std::vector<AnalysedFace> faces;
  double score = 0;
};

// The portrait twice, and its score with itself.
Seen look(at::Device device) {
  PluginRegistry registry({miafr_tests::plugin_folder()});
  const FaceNetworks networks = networks_on(registry, device);
  const auto progress = [](std::int64_t, std::int64_t) {};
  const auto portrait = miafr_tests::data_file("models/astronaut.png");
  Seen seen{analyse_faces({portrait, portrait}, networks, {}, progress), 0};
  std::vector<EvaluatedImage> images;
  for (const AnalysedFace& face : seen.faces) images.push_back({{portrait, "", "", "", ""}, face, false, false});
  seen.score = compare_pairs(images, {{0, 1, true, ""}}, networks, 0, progress).score(0);
  return seen;
}

TEST(FakeDeviceFaces, AreTheCpus) {
  const Seen cpu = look(at::kCPU), fake = look(fake_device());
  ASSERT_EQ(cpu.faces.size(), 2u);
  ASSERT_EQ(fake.faces.size(), 2u);
  const AnalysedFace &a = cpu.faces[0], &b = fake.faces[0];
  ASSERT_EQ(a.failure, "");
  ASSERT_EQ(b.failure, "") << b.detail;
  EXPECT_NEAR(a.face.left, b.face.left, 0.05);
  EXPECT_NEAR(a.face.confidence, b.face.confidence, 1e-4);
  EXPECT_NEAR(a.age, b.age, 0.05);
  ASSERT_EQ(a.embeddings[0].size(), b.embeddings[0].size());
  for (std::size_t i = 0; i < a.embeddings[0].size(); ++i) EXPECT_NEAR(a.embeddings[0][i], b.embeddings[0][i], 1e-3);
  for (std::size_t m = 0; m < a.quality[0].score.size(); ++m)
    EXPECT_NEAR(a.quality[0].score[m], b.quality[0].score[m], 0.1);
  EXPECT_NEAR(cpu.score, 0, 1e-6);
  EXPECT_NEAR(fake.score, 0, 1e-6);
}

}  // namespace
}  // namespace miafr
