// Whether the drawn world serves its purpose, measured with plain face matchers of pixels:
// people differ more than photos of one person, they are recognised at another age, and ages look different.
#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "demo/render/face.h"

namespace miafr::demo {
namespace {

// The face brought to fixed places of its eyes and mouth, [32, 32, 3] of float, every channel's mean taken off.
cv::Mat chip_of(const Rendering& face) {
  // A similarity from two points each: the middle of the eyes, the middle of the mouth.
  const cv::Point2f eyes = 0.5F * (face.landmarks[0] + face.landmarks[1]);
  const cv::Point2f mouth = 0.5F * (face.landmarks[3] + face.landmarks[4]), axis = mouth - eyes;
  const cv::Point2f across(axis.y, -axis.x);
  const std::array<cv::Point2f, 3> from = {eyes, mouth, eyes + across};
  const std::array<cv::Point2f, 3> to = {cv::Point2f(16, 14), cv::Point2f(16, 25), cv::Point2f(27, 14)};
  cv::Mat chip;
  cv::warpAffine(face.image, chip, cv::getAffineTransform(from.data(), to.data()), {32, 32}, cv::INTER_LINEAR,
                 cv::BORDER_REPLICATE);
  chip.convertTo(chip, CV_32FC3);
  return chip - cv::mean(chip);
}

cv::Mat chip(std::uint64_t identity, AgeLabel age, std::uint64_t nuisance) {
  return chip_of(render_face(draw_identity(identity), age, false, draw_nuisance(nuisance)));
}

cv::Mat row_of(const cv::Mat& chip) {
  cv::Mat small;
  cv::resize(chip, small, {16, 16}, 0, 0, cv::INTER_AREA);
  return small.reshape(1, 1);
}

// Fisherfaces (Belhumeur et al., 1997), OpenCV's: trained on people of their own at every age.
class Fisherfaces {
 public:
  Fisherfaces() {
    constexpr int kTrained = 60, kPhotos = 4;
    cv::Mat rows;
    std::vector<int> people;
    for (int i = 0; i < kTrained; ++i)
      for (const AgeLabel age : kAgeLabels)
        for (int n = 0; n < kPhotos; ++n) {
          rows.push_back(row_of(chip(7000 + i, age, 100000 + rows.rows)));
          people.push_back(i);
        }
    reduced_ = cv::PCA(rows, cv::noArray(), cv::PCA::DATA_AS_ROW, 120);
    apart_.compute(reduced_.project(rows), people);
  }
  cv::Mat embed(const cv::Mat& chip) {
    cv::Mat embedding = apart_.project(reduced_.project(row_of(chip)));
    cv::normalize(embedding, embedding);
    return embedding;
  }

 private:
  cv::PCA reduced_;
  cv::LDA apart_;
};

constexpr int kPeople = 30, kPhotos = 6;

// Embeddings of everybody's photos at one age, [person][photo].
std::vector<std::vector<cv::Mat>> photos_at(Fisherfaces& matcher, AgeLabel age, std::uint64_t nuisances) {
  std::vector<std::vector<cv::Mat>> all(kPeople);
  for (int i = 0; i < kPeople; ++i)
    for (int n = 0; n < kPhotos; ++n) all[i].push_back(matcher.embed(chip(i, age, nuisances + i * kPhotos + n)));
  return all;
}

// The share of single photos whose nearest person in the gallery, by the mean cosine to the photos there, is the same.
double rank_one(const std::vector<std::vector<cv::Mat>>& probes, const std::vector<std::vector<cv::Mat>>& gallery) {
  int right = 0;
  for (int i = 0; i < kPeople; ++i)
    for (const cv::Mat& photo : probes[i]) {
      int nearest = 0;
      double best = -1;
      for (int j = 0; j < kPeople; ++j) {
        double cosine = 0;
        for (const cv::Mat& other : gallery[j]) cosine += photo.dot(other) / kPhotos;
        if (cosine > best) best = cosine, nearest = j;
      }
      right += nearest == i;
    }
  return right / static_cast<double>(kPeople * kPhotos);
}

TEST(Recognition, PeopleDifferMoreThanPhotosOfOnePerson) {
  double within = 0, between = 0;
  for (int i = 0; i < kPeople; ++i) {
    const cv::Mat photo = chip(i, AgeLabel::kYoungAdults, 10 + i);
    within += cv::norm(photo, chip(i, AgeLabel::kYoungAdults, 5000 + i));
    between += cv::norm(photo, chip((i + 1) % kPeople, AgeLabel::kYoungAdults, 5000 + i));
  }
  RecordProperty("within_over_between", std::to_string(within / between));
  EXPECT_LT(within, 0.8 * between);
}

TEST(Recognition, PeopleAreKnownAgainAtTheirAgeAndAtAnother) {
  Fisherfaces matcher;
  const auto gallery = photos_at(matcher, AgeLabel::kYoungAdults, 1000);
  const double same = rank_one(photos_at(matcher, AgeLabel::kYoungAdults, 900000), gallery),
               child = rank_one(photos_at(matcher, AgeLabel::kChild, 900000), gallery),
               old = rank_one(photos_at(matcher, AgeLabel::kOld, 900000), gallery);
  std::cout << "rank one: same age " << same << ", child " << child << ", old " << old << "\n";
  EXPECT_GT(same, 0.95);
  EXPECT_GT(child, 0.4);  // by chance 0.03
  EXPECT_GT(old, 0.4);
}

// With one face of each label and its neighbour's drawn in the same light and pose.
TEST(Recognition, NeighbouringAgesDifferMoreThanTheEndsOfOne) {
  for (std::size_t a = 0; a + 1 < kAgeLabels.size(); ++a) {
    double inside = 0, apart = 0;
    for (int i = 0; i < kPeople; ++i) {
      Nuisance young = draw_nuisance(i), old = young, middle = young;
      young.age_jitter = -1, old.age_jitter = 1, middle.age_jitter = 0;
      const auto draw = [&](AgeLabel age, const Nuisance& nuisance) {
        return render_face(draw_identity(i), age, false, nuisance).image;
      };
      inside += cv::norm(draw(kAgeLabels[a], young), draw(kAgeLabels[a], old));
      apart += cv::norm(draw(kAgeLabels[a], middle), draw(kAgeLabels[a + 1], middle));
    }
    EXPECT_GT(apart, 1.2 * inside) << age_name(kAgeLabels[a]);
  }
}

}  // namespace
}  // namespace miafr::demo
