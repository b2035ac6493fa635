// Who is compared with whom, and the scores.
#pragma once

#include <string>
#include <vector>

#include "core/evaluation/samples.h"
#include "core/face/face_analysis.h"
#include "core/metrics/score_table.h"

namespace miafr {

// An image of the evaluation and what was found in it.
struct EvaluatedImage {
  Sample sample;
  AnalysedFace face;
  bool reference = false;
  bool seen = false;  // was in the training set

  // The method that the image counts for as a probe: kEdited where the method has no name; "" for a reference.
  std::string method() const;

  // 0..100, the mean score of all quality measures; NaN without a face or a measure.
  double quality() const;
};

// Comparisons left out on purpose, to be told.
struct LeftOut {
  std::int64_t same_file = 0;        // both images have the same bytes
  std::int64_t near_duplicates = 0;  // references of one person that are one photo by their difference hash

  // A person whose genuine comparisons under a method are all left out.
  struct Emptied {
    std::string subject, method;  // method: "" for real pictures
    std::int64_t comparisons = 0;
    std::string a, b;  // two images of the first of them
  };
  std::vector<Emptied> emptied;
};

// The groups of a round trip's comparisons: with the photo that it was made of, which is the easiest one, and with all
// others.
inline constexpr const char *kOwnPhoto = "own photo", *kOtherPhotos = "other photos";

// One matcher's scores, in a fixed order: each pair of references once, as real pictures; then each probe with each
// reference, under its method and label; a round trip under kOwnPhoto or kOtherPhotos in place of a label. A pair of
// which an image has no embedding is a failure with its reason. The quality of a pair is the lesser of its images';
// where the matcher's norm says how good a face is, it is that norm. matcher: its place in FaceNetworks. Throws
// PluginError.
ScoreTable compare_all(const std::vector<EvaluatedImage>& images, const FaceNetworks& networks, std::size_t matcher,
                       LeftOut& left_out, const FaceProgress& progress);

// The pairs of a list, by indices into images.
struct IndexedPair {
  std::size_t probe, reference;
  bool genuine;
  std::string group;
};
ScoreTable compare_pairs(const std::vector<EvaluatedImage>& images, const std::vector<IndexedPair>& pairs,
                         const FaceNetworks& networks, std::size_t matcher, const FaceProgress& progress);

}  // namespace miafr
