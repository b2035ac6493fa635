// Who is compared with whom, and the scores.
#pragma once

#include <string>
#include <vector>

#include "core/metrics/score_table.h"
#include "core/pipeline/face_analysis.h"
#include "core/pipeline/samples.h"

namespace miafr {

// An image of the evaluation and what was found in it.
struct EvaluatedImage {
  Sample sample;
  AnalysedFace face;
  bool reference = false;
  bool seen = false;  // was in the training set

  // The group of its comparisons with references.
  std::string group() const;
};

// Comparisons left out on purpose, to be told.
struct LeftOut {
  std::int64_t same_file = 0;        // both images have the same bytes
  std::int64_t near_duplicates = 0;  // references of one person that are one photo by their difference hash
};

// One matcher's scores, in a fixed order: each pair of references once, as the original group; then each probe with
// each reference. A pair of which an image has no embedding is a failure with its reason. matcher: its place in
// FaceNetworks. seen references make groups of their own, "… (seen in training)". Throws PluginError.
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
