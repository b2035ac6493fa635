// The drawn world's detector, age estimator and matchers on people that nobody has trained on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <filesystem>
#include <opencv2/imgproc.hpp>

#include "core/config/plugin_params.h"
#include "core/face/aligned_faces.h"
#include "core/plugin/age_estimator.h"
#include "core/plugin/face_detector.h"
#include "core/plugin/face_matcher.h"
#include "core/runtime/plugin_host.h"
#include "demo/pretrain/disturbances.h"
#include "demo/pretrain/face_pool.h"
#include "demo/pretrain/no_faces.h"
#include "tests/support/files.h"

namespace miafr::demo {
namespace {

constexpr std::uint64_t kPeople = kTestPeople + 500'000;  // not those of measure_looks
constexpr std::int64_t kPhotos = 120;

const FacePool& people() {
  static const auto& pool = *new FacePool(kPeople, kPhotos);
  return pool;
}

// [N,64,64,3] uint8, as a detector gets them.
at::Tensor pictures_of(const std::vector<cv::Mat3f>& images) {
  return at::clamp(to_tensor(images), 0, 255).round().to(at::kByte).permute({0, 2, 3, 1}).contiguous();
}

at::Tensor renders() {
  std::vector<cv::Mat3f> images;
  for (std::int64_t i = 0; i < kPhotos; ++i) images.push_back(people().photo(i).image);
  return pictures_of(images);
}

class Looks : public testing::Test {
 protected:
  template <class Kind>
  std::shared_ptr<Kind> make(const std::string& name, const RawParams& raw = {}) {
    const auto library = registry_.find(PluginKind<Kind>::kName, name);
    return PluginLibrary::create<Kind>(library, resolve_params(library->params(), raw, name), host_);
  }
  std::vector<std::vector<DetectedFace>> detect(const at::Tensor& pictures) {
    return make<FaceDetector>("drawn_faces")->detect(pictures);
  }

  PluginRegistry registry_{{miafr_tests::plugin_folder()}};
  PluginHost host_{"looks test",
                   RunSettings{at::kCPU, 0, {(miafr_tests::prefix() / "share" / "miafr" / "models").string()}},
                   registry_};
};

double mean_point_error(const DetectedFace& face, const TruePhoto& truth, double scale = 1, double left = 0) {
  double sum = 0;
  for (std::size_t p = 0; p < face.points.size(); ++p)
    sum += std::hypot(face.points[p][0] - ((double(truth.points[p].x) + 0.5) * scale - 0.5 + left),
                      face.points[p][1] - ((double(truth.points[p].y) + 0.5) * scale - 0.5));
  return sum / double(face.points.size());
}

TEST_F(Looks, FindsFacesWhereTheyAre) {
  const auto found = detect(renders());
  int missed = 0;
  double error = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i].empty()) {
      ++missed;
      continue;
    }
    ASSERT_EQ(found[i].size(), 1u);
    const TruePhoto truth = people().photo(static_cast<std::int64_t>(i));
    error += mean_point_error(found[i][0], truth);
    EXPECT_NEAR(found[i][0].left, double(truth.box.x), 6);
    EXPECT_NEAR(found[i][0].bottom, double(truth.box.br().y), 6);
  }
  EXPECT_LE(missed, 3);
  EXPECT_LE(error / double(kPhotos - missed), 1.2);
}

TEST_F(Looks, SeesAFaceInAPictureOfAnotherShape) {
  const TruePhoto truth = people().photo(0);
  cv::Mat3f wide;
  cv::resize(truth.image, wide, {192, 192}, 0, 0, cv::INTER_LINEAR);
  cv::copyMakeBorder(wide, wide, 0, 0, 30, 20, cv::BORDER_REPLICATE);
  const auto found = detect(pictures_of({wide}))[0];
  ASSERT_EQ(found.size(), 1u);
  EXPECT_LE(mean_point_error(found[0], truth, 3, 30), 6);
}

// At most so many of 60 of a kind are taken for a face. The least that is out of place, a fifth of the face's width, is
// seen least (18 % are taken for faces, blends 8 %: demo/README.md).
int allowed(NoFace kind) { return kind == NoFace::kDisplaced ? 15 : kind == NoFace::kBlend ? 9 : 6; }

TEST_F(Looks, ACollapsedFaceIsNone) {
  constexpr int kOfEach = 60;
  for (int kind = 0; kind < kNoFaces; ++kind) {
    std::vector<cv::Mat3f> images;
    for (std::int64_t i = 0; i < kOfEach; ++i) {
      Random random(static_cast<std::uint64_t>(i), 7);
      images.push_back(
          draw_no_face(static_cast<NoFace>(kind), people().photo(i), people().photo(kPhotos - 1 - i), random));
    }
    int taken = 0;
    for (const auto& faces : detect(pictures_of(images))) taken += !faces.empty();
    EXPECT_LE(taken, allowed(static_cast<NoFace>(kind))) << name_of(static_cast<NoFace>(kind));
  }
}

TEST_F(Looks, MoreConfidenceCanBeAskedFor) {
  const auto usual = detect(renders());
  const auto surest = make<FaceDetector>("drawn_faces", {{"min_confidence", "0.999"}})->detect(renders());
  int left_out = 0;
  for (std::size_t i = 0; i < usual.size(); ++i) {
    const bool is_sure = !usual[i].empty() && usual[i][0].confidence >= 0.999;
    left_out += !usual[i].empty() && !is_sure;
    EXPECT_EQ(surest[i].size(), is_sure ? 1u : 0u);
  }
  EXPECT_GT(left_out, 0);
}

TEST_F(Looks, AgeAgreesWithTheLabelFromTheDetectorsPoints) {
  const auto estimator = make<AgeEstimator>("drawn_age");
  const at::Tensor pictures = renders();
  const auto found = detect(pictures);
  int right = 0, looked_at = 0;
  for (std::int64_t i = 0; i < kPhotos; ++i) {
    const auto& faces = found[static_cast<std::size_t>(i)];
    if (faces.empty()) continue;
    const at::Tensor points = at::tensor(at::ArrayRef<double>(faces[0].points[0].data(), 10), at::kDouble);
    const at::Tensor face = aligned_faces(pictures.slice(0, i, i + 1).permute({0, 3, 1, 2}).to(at::kFloat),
                                          points.view({1, 5, 2}).to(at::kFloat), estimator->input());
    const double years = estimator->estimate(face).item<double>();
    const float true_middle = age_in_years(people().plan(i).age, 0);
    double nearest = 1e9;
    for (const AgeLabel label : kAgeLabels)
      if (std::abs(double(age_in_years(label, 0)) - years) < std::abs(nearest - years))
        nearest = double(age_in_years(label, 0));
    ++looked_at;
    right += nearest == double(true_middle);
  }
  EXPECT_GE(right, looked_at * 9 / 10) << "of " << looked_at;
}

// Embeddings of everybody's photo of that number, by true points.
at::Tensor embeddings(FaceMatcher& matcher, std::uint64_t number) {
  const FacePool photos(kPeople, kPhotos, number);
  std::vector<cv::Mat3f> images;
  std::vector<std::array<cv::Point2f, 5>> points;
  for (std::int64_t i = 0; i < kPhotos; ++i) {
    images.push_back(photos.photo(i).image);
    points.push_back(photos.photo(i).points);
  }
  return matcher.embed(aligned_faces(to_tensor(images), to_tensor(points), matcher.info()));
}

// Two photos of each person, at any two ages; the threshold lets 1 % of the impostors pass.
TEST_F(Looks, MatchersTellPeopleApartAtAnyAge) {
  const at::NoGradGuard no_gradients;
  for (const char* name : {"arcface", "adaface"}) {
    const auto matcher = make<FaceMatcher>(name, {{"weights", std::string("drawn_") + name + ".safetensors"}});
    const at::Tensor one = embeddings(*matcher, 0), other = embeddings(*matcher, 1);
    const at::Tensor genuine = matcher->compare(one, other);
    std::vector<at::Tensor> impostor;
    for (std::int64_t shift = 1; shift < kPhotos; ++shift)
      impostor.push_back(matcher->compare(one, other.roll(shift, 0)));
    const at::Tensor all = std::get<0>(at::sort(at::cat(impostor), 0, /*descending=*/true));
    const double threshold = all[all.size(0) / 100].item<double>();
    EXPECT_LE((genuine < threshold).sum().item<std::int64_t>(), 12) << name << ", of " << kPhotos;
  }
}

// A third party's build sees no header that only drawn faces need.
TEST(DrawnWorld, IsNoPartOfTheSdk) {
  std::size_t headers = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(miafr_tests::prefix() / "include" / "miafr")) {
    const std::string file = entry.path().lexically_relative(miafr_tests::prefix()).string();
    EXPECT_THAT(file, testing::Not(testing::AnyOf(testing::HasSubstr("drawn"), testing::HasSubstr("demo"))));
    headers += entry.path().extension() == ".h";
  }
  EXPECT_GT(headers, 10U) << "the SDK's headers are not here";
}

}  // namespace
}  // namespace miafr::demo
