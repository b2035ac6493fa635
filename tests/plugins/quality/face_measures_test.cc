// The measures on the public-domain portrait, made worse in known ways.
#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/evaluation/comparisons.h"
#include "core/face/face_analysis.h"
#include "core/metrics/discard_curve.h"
#include "tests/support/files.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

const FaceNetworks& networks() {
  static auto& registry = *new PluginRegistry({miafr_tests::plugin_folder()});
  static const FaceNetworks& all = *[] {
    const RunSettings run{at::kCPU, 0, {(miafr_tests::prefix() / "share" / "miafr" / "models").string()}};
    auto* made = new FaceNetworks;
    made->detector = choose_plugin<FaceDetector>({"mtcnn", {}}, registry, run);
    made->matchers.push_back(choose_plugin<FaceMatcher>({"dlib_resnet", {}}, registry, run));
    made->quality.push_back(choose_plugin<Quality>({"face_measures", {}}, registry, run));
    return made;
  }();
  return all;
}

cv::Mat portrait() { return cv::imread(miafr_tests::data_file("models/astronaut.png").string()); }

std::vector<AnalysedFace> analyse(const std::vector<cv::Mat>& pictures) {
  const fs::path folder = miafr_tests::temporary_folder();
  std::vector<fs::path> files;
  for (const cv::Mat& picture : pictures) {
    files.push_back(folder / (std::to_string(files.size()) + ".png"));
    cv::imwrite(files.back().string(), picture);
  }
  return analyse_faces(files, networks(), {}, [](std::int64_t, std::int64_t) {});
}

std::size_t column(const std::string& name) {
  const auto& measures = networks().quality[0].object->measures();
  for (std::size_t i = 0; i < measures.size(); ++i)
    if (name == measures[i].name) return i;
  throw std::logic_error(name);
}

double native(const AnalysedFace& face, const std::string& name) { return face.quality.at(0).native.at(column(name)); }
double score(const AnalysedFace& face, const std::string& name) { return face.quality.at(0).score.at(column(name)); }

cv::Mat blurred(const cv::Mat& picture, double sigma) {
  cv::Mat out = picture.clone();
  if (sigma > 0) cv::GaussianBlur(picture, out, {}, sigma);
  return out;
}

cv::Mat turned(const cv::Mat& picture, double degrees) {
  cv::Mat out;
  cv::warpAffine(picture, out, cv::getRotationMatrix2D({220, 140}, degrees, 1), picture.size(), cv::INTER_LINEAR,
                 cv::BORDER_REPLICATE);
  return out;
}

TEST(FaceMeasures, SizeFollowsThePicture) {
  cv::Mat half;
  cv::resize(portrait(), half, {}, 0.5, 0.5, cv::INTER_AREA);
  const auto faces = analyse({portrait(), half});
  EXPECT_NEAR(native(faces[1], "inter_eye_distance") / native(faces[0], "inter_eye_distance"), 0.5, 0.04);
  EXPECT_LT(score(faces[1], "inter_eye_distance"), score(faces[0], "inter_eye_distance"));
}

TEST(FaceMeasures, RollIsTheRotationOfThePicture) {
  const auto faces = analyse({portrait(), turned(portrait(), -15)});  // OpenCV's angles run against the clock
  EXPECT_NEAR(native(faces[1], "roll") - native(faces[0], "roll"), 15, 2);
  EXPECT_LT(score(faces[1], "roll"), score(faces[0], "roll"));
}

TEST(FaceMeasures, YawChangesItsSignInTheMirror) {
  cv::Mat mirrored;
  cv::flip(portrait(), mirrored, 1);
  const auto faces = analyse({portrait(), mirrored});
  EXPECT_NEAR(native(faces[0], "yaw"), -native(faces[1], "yaw"), 4);
  EXPECT_NEAR(native(faces[0], "pitch"), native(faces[1], "pitch"), 4);
}

TEST(FaceMeasures, BlurTakesSharpnessAndLeavesExposure) {
  const auto faces = analyse({portrait(), blurred(portrait(), 1), blurred(portrait(), 2), blurred(portrait(), 4)});
  for (int i = 1; i < 4; ++i) EXPECT_LT(score(faces[i], "sharpness"), score(faces[i - 1], "sharpness") - 3) << i;
  EXPECT_NEAR(native(faces[3], "luminance_mean"), native(faces[0], "luminance_mean"), 0.03);
}

TEST(FaceMeasures, DarknessAndGlareAreSeen) {
  cv::Mat dark, bright;
  portrait().convertTo(dark, -1, 0.3);
  portrait().convertTo(bright, -1, 1.3, 30);  // with more, no face is found
  const auto faces = analyse({portrait(), dark, bright});
  for (const AnalysedFace& face : faces) ASSERT_EQ(face.failure, "");
  EXPECT_LT(native(faces[1], "luminance_mean"), 0.4 * native(faces[0], "luminance_mean"));
  EXPECT_LT(score(faces[1], "luminance_mean"), score(faces[0], "luminance_mean"));
  EXPECT_GT(native(faces[1], "under_exposure"), native(faces[0], "under_exposure"));
  EXPECT_GT(native(faces[2], "over_exposure"), 0.2);
  EXPECT_LT(score(faces[2], "over_exposure"), 10);
  EXPECT_LT(native(faces[1], "dynamic_range"), native(faces[0], "dynamic_range"));
}

// What the measure is for: the images that it rates worst are those that the matcher fails on.
TEST(FaceMeasures, DroppingBlurredFacesLowersTheErrorRate) {
  std::vector<cv::Mat> pictures = {portrait()};
  for (double sigma = 0.5; sigma <= 8; sigma += 0.5) pictures.push_back(blurred(turned(portrait(), sigma), sigma));
  const auto faces = analyse(pictures);
  ScoreTable table(ScoreKind::kDistance);
  std::vector<double> quality, distances;
  for (std::size_t i = 1; i < faces.size(); ++i) {
    double sum = 0;
    for (std::size_t d = 0; faces[i].failure.empty() && d < faces[0].embeddings[0].size(); ++d)
      sum += std::pow(faces[i].embeddings[0][d] - faces[0].embeddings[0][d], 2);
    table.add({true, std::sqrt(sum), faces[i].failure, "a", "a", std::to_string(i), "0", ""});
    quality.push_back(faces[i].failure.empty() ? score(faces[i], "sharpness") : std::nan(""));
    if (faces[i].failure.empty()) distances.push_back(std::sqrt(sum));
  }
  std::sort(distances.begin(), distances.end());
  OperatingPoint at;
  at.kind = ScoreKind::kDistance;
  at.threshold = distances[distances.size() / 2];  // half of them fail
  const auto curve = discard_curve(table, quality, at, Failures::kCountAsErrors);
  std::size_t last = 0;  // of those that drop at most 0.4
  while (last + 1 < curve.size() && curve[last + 1].discarded.value() <= 0.4) ++last;
  const double all = curve.at(0).errors.value(), kept = curve[last].errors.value();
  EXPECT_GT(all, 0.4);
  EXPECT_LT(kept, 0.5 * all);
}

}  // namespace
}  // namespace miafr
