// Drawn faces: the same seed draws the same, and the truth about a picture is what is seen in it. Where a feature lies
// is found by recolouring it: all pixels that change are its own.
#include "demo/render/face.h"

#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "core/base/errors.h"
#include "demo/render/random.h"

namespace miafr::demo {
namespace {

double difference(const cv::Mat& a, const cv::Mat& b) { return cv::norm(a, b, cv::NORM_L1) / (a.total() * 3.0); }

// Which pixels differ by more than `least`, [size, size] 0 or 255.
cv::Mat1b changed(const cv::Mat& a, const cv::Mat& b, int least) {
  cv::Mat apart;
  cv::absdiff(a, b, apart);
  std::array<cv::Mat, 3> channels;
  cv::split(apart, channels.data());
  return cv::Mat1b(cv::max(channels[0], cv::max(channels[1], channels[2])) > least);
}

cv::Point2f centre(const cv::Mat1b& mask, const cv::Rect& part) {
  cv::Point2f sum;
  int count = 0;
  for (int y = part.y; y < part.y + part.height; ++y)
    for (int x = part.x; x < part.x + part.width; ++x)
      if (mask(y, x)) sum += cv::Point2f(x, y), ++count;
  return count ? sum / count : cv::Point2f(-1000, -1000);
}

float distance(cv::Point2f a, cv::Point2f b) { return std::hypot(a.x - b.x, a.y - b.y); }

TEST(Random, IsSplitMix64) {
  // The first numbers of the author's own splitmix64.c from state 0, which seed -step brings about in stream 0: its
  // state is mixed(0) = 0.
  Random random(0 - 0x9E3779B97F4A7C15ULL);
  EXPECT_EQ(random.next(), 0xE220A8397B1DCDAFULL);
  EXPECT_EQ(random.next(), 0x6E789E6AA1B965F4ULL);
  EXPECT_EQ(random.next(), 0x06C45D188009454FULL);
}

TEST(Random, StaysInItsRange) {
  Random random(1);
  double sum = 0;
  for (int i = 0; i < 10000; ++i) {
    const float value = random.uniform(-2, 4);
    EXPECT_GE(value, -2);
    EXPECT_LT(value, 4);
    sum += value;
  }
  EXPECT_NEAR(sum / 10000, 1, 0.06);  // 3.5 deviations of the mean
}

TEST(Age, LabelsAreOrderedAndApart) {
  EXPECT_EQ(age_name(AgeLabel::kYoungAdults), "youngadults");
  for (std::size_t i = 1; i < kAgeLabels.size(); ++i)
    EXPECT_GT(age_in_years(kAgeLabels[i], -1), age_in_years(kAgeLabels[i - 1], 1)) << age_name(kAgeLabels[i]);
  EXPECT_EQ(age_in_years(AgeLabel::kChild, -5), age_in_years(AgeLabel::kChild, -1));
}

TEST(Age, RunsOnWithoutJumps) {
  for (float years = 5; years < 89; years += 0.5F) {
    if (std::abs(years - 17.75F) < 0.6F) continue;  // where a beard may begin
    const AgeTraits a = age_traits(years), b = age_traits(years + 0.5F);
    EXPECT_LT(std::abs(a.chin - b.chin), 0.02F) << years;
    EXPECT_LT(std::abs(a.grey - b.grey), 0.03F) << years;
    EXPECT_LE(a.wrinkles, b.wrinkles) << years;
  }
}

TEST(Face, SameSeedsDrawTheSame) {
  for (const std::uint64_t seed : {0ULL, 7ULL, ~0ULL}) {
    const Rendering a = render_face(draw_identity(seed), AgeLabel::kElderly, true, draw_nuisance(seed + 1));
    const Rendering b = render_face(draw_identity(seed), AgeLabel::kElderly, true, draw_nuisance(seed + 1));
    EXPECT_EQ(difference(a.image, b.image), 0);
    EXPECT_EQ(a.landmarks, b.landmarks);
    EXPECT_EQ(a.face, b.face);
    EXPECT_EQ(a.image.type(), CV_8UC3);
    EXPECT_EQ(a.image.size(), cv::Size(64, 64));
    const Rendering other = render_face(draw_identity(seed + 1), AgeLabel::kElderly, true, draw_nuisance(seed + 1));
    EXPECT_GT(difference(a.image, other.image), 5);
  }
}

// What is drawn stays what it was: weights are trained on it. The tolerance is for another processor's rounding.
TEST(Face, DrawsWhatItDrewBefore) {
  struct Known {
    std::uint64_t seed;
    std::array<std::array<int, 3>, 4> means;  // B, G, R of the quarters
    cv::Point2f left_eye;
  };
  const std::array<Known, 2> all = {
      {{2, {{{178, 171, 183}, {158, 142, 151}, {177, 174, 199}, {168, 158, 182}}}, {17.35F, 33.75F}},
       {11, {{{180, 204, 224}, {144, 164, 185}, {165, 192, 225}, {149, 174, 208}}}, {21.03F, 27.78F}}}};
  for (const Known& known : all) {
    const Rendering face =
        render_face(draw_identity(known.seed), AgeLabel::kMiddleAged, false, draw_nuisance(known.seed));
    for (int q = 0; q < 4; ++q) {
      const cv::Scalar mean = cv::mean(face.image(cv::Rect(q % 2 * 32, q / 2 * 32, 32, 32)));
      for (int c = 0; c < 3; ++c) EXPECT_NEAR(mean[c], known.means[q][c], 1) << known.seed << " " << q << " " << c;
    }
    EXPECT_LT(distance(face.landmarks[0], known.left_eye), 0.02F) << face.landmarks[0];
  }
}

TEST(Face, LargeAndSmallPicturesAreAlike) {
  const Identity identity = draw_identity(3);
  const Nuisance nuisance = draw_nuisance(4);
  const Rendering small = render_face(identity, AgeLabel::kOld, false, nuisance, 64);
  const Rendering large = render_face(identity, AgeLabel::kOld, false, nuisance, 192);
  cv::Mat reduced;
  cv::resize(large.image, reduced, {64, 64}, 0, 0, cv::INTER_AREA);
  EXPECT_LT(difference(small.image, reduced), 2);
  for (int i = 0; i < 5; ++i) {
    const cv::Point2f expected = (large.landmarks[i] + cv::Point2f(0.5F, 0.5F)) / 3 - cv::Point2f(0.5F, 0.5F);
    EXPECT_LT(distance(small.landmarks[i], expected), 0.01F) << i;
  }
}

TEST(Face, LandmarksAreWhereTheFeaturesAre) {
  constexpr int kSize = 128;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Identity identity = draw_identity(seed);
    identity.hair.style = HairStyle::kBun;  // hides no feature
    const AgeLabel age = kAgeLabels[seed % 6];
    const Nuisance nuisance = draw_nuisance(seed + 100);
    const Rendering face = render_face(identity, age, false, nuisance, kSize);
    Identity other = identity;
    other.eyes.iris = {255, 0, 255};
    const cv::Mat1b eyes = changed(face.image, render_face(other, age, false, nuisance, kSize).image, 12);
    const auto middle = static_cast<int>(0.5F * (face.landmarks[0].x + face.landmarks[1].x));
    EXPECT_LT(distance(centre(eyes, {0, 0, middle, kSize}), face.landmarks[0]), 2.2F) << seed;
    EXPECT_LT(distance(centre(eyes, {middle, 0, kSize - middle, kSize}), face.landmarks[1]), 2.2F) << seed;

    identity.mouth.red = 0, other = identity, other.mouth.red = 1.5F;
    identity.beard = other.beard = Beard::kNone;
    const cv::Rect lips = cv::boundingRect(changed(render_face(identity, age, false, nuisance, kSize).image,
                                                   render_face(other, age, false, nuisance, kSize).image, 3));
    EXPECT_NEAR(static_cast<float>(lips.x), face.landmarks[3].x, 3.5F) << seed;
    EXPECT_NEAR(static_cast<float>(lips.x + lips.width - 1), face.landmarks[4].x, 3.5F) << seed;

    other = identity, other.nose.tip *= 1.5F;
    const cv::Mat1b nose = changed(render_face(identity, age, false, nuisance, kSize).image,
                                   render_face(other, age, false, nuisance, kSize).image, 3);
    EXPECT_LT(distance(centre(nose, {0, 0, kSize, kSize}), face.landmarks[2]), 5.F) << seed;
  }
}

TEST(Face, BoxHoldsTheLandmarksAndTheSkin) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Identity identity = draw_identity(seed);
    const AgeLabel age = kAgeLabels[seed % 6];
    const Nuisance nuisance = draw_nuisance(seed + 500);
    const Rendering face = render_face(identity, age, seed % 2 == 0, nuisance);
    for (const cv::Point2f& p : face.landmarks) EXPECT_TRUE(face.face.contains(p)) << seed << p << face.face;
    EXPECT_GT(face.face.x, 0) << seed;
    EXPECT_GT(face.face.y, 0) << seed;
    EXPECT_LT(face.face.x + face.face.width, 63) << seed;
    EXPECT_LT(face.face.y + face.face.height, 63) << seed;
    EXPECT_LT(face.landmarks[0].x, face.landmarks[1].x);
    EXPECT_LT(face.landmarks[3].x, face.landmarks[4].x);
    EXPECT_LT(std::max(face.landmarks[0].y, face.landmarks[1].y), face.landmarks[2].y);
    EXPECT_LT(face.landmarks[2].y, std::max(face.landmarks[3].y, face.landmarks[4].y));
  }
}

TEST(Face, EyeglassesChangeTheEyesRegionOnly) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Identity identity = draw_identity(seed);
    const Nuisance nuisance = draw_nuisance(seed);
    const Rendering without = render_face(identity, AgeLabel::kYoungAdults, false, nuisance);
    const Rendering with = render_face(identity, AgeLabel::kYoungAdults, true, nuisance);
    EXPECT_EQ(without.landmarks, with.landmarks);
    const cv::Mat1b frame = changed(without.image, with.image, 8);
    EXPECT_GT(cv::countNonZero(frame), 60) << seed;
    EXPECT_LT(cv::boundingRect(frame).br().y, with.landmarks[3].y) << seed;
    for (int eye = 0; eye < 2; ++eye) {
      const cv::Rect around(cv::Point(with.landmarks[eye]) - cv::Point(7, 7), cv::Size(15, 15));
      EXPECT_GT(cv::countNonZero(frame(around & cv::Rect(0, 0, 64, 64))), 20) << seed;
    }
  }
}

TEST(Face, RefusesOtherSizes) {
  for (const int size : {15, 0, -1, 1025}) {
    try {
      render_face(draw_identity(1), AgeLabel::kChild, false, draw_nuisance(1), size);
      FAIL() << size;
    } catch (const Error& e) {
      EXPECT_EQ(std::string(e.what()), "a drawn face of " + std::to_string(size) + " pixels: allowed are 16..1024");
    }
  }
  EXPECT_EQ(render_face(draw_identity(1), AgeLabel::kChild, true, draw_nuisance(1), 16).image.cols, 16);
}

// Everything at its end at once, and much beyond: nothing that can be drawn may leave the canvas badly.
TEST(Face, DrawsExtremes) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    Nuisance nuisance = draw_nuisance(seed);
    nuisance.shift_x = seed % 3 == 0 ? 0.9F : -0.6F, nuisance.shift_y = seed % 2 == 0 ? 0.9F : -1.2F;
    nuisance.scale = 0.5F + 0.1F * static_cast<float>(seed), nuisance.yaw *= 3;
    const Rendering face = render_face(draw_identity(seed), kAgeLabels[seed % 6], true, nuisance);
    EXPECT_TRUE(std::isfinite(face.face.width));
  }
}

}  // namespace
}  // namespace miafr::demo
