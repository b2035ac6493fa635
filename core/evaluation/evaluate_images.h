// Finds in folders of images what the report says beside the scores.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/evaluation/comparisons.h"
#include "core/evaluation/evaluation.h"
#include "core/evaluation/unmatched_names.h"

namespace miafr {

struct QualityLimit {
  std::string measure;  // "face_measures.sharpness"
  double least = 0;     // 0..100
};

struct ImageSources {
  std::vector<Sample> references, probes;
  std::vector<std::filesystem::path> training;  // images that the edited model has seen
  std::optional<QualityLimit> min_quality;      // of every image; below it "low quality" is its failure
};

// What is wrong with the sources and can be told before a picture is looked at. Throws Error for an unknown quality
// measure, and where none of the persons has a demographic group.
void check_sources(const ImageSources& sources, const FaceNetworks& networks, const EvaluationSettings& settings);

// Names that do not join, by the images alone: as evaluate_scores finds them later.
std::vector<UnmatchedNames> unmatched_in_sources(const ImageSources& sources, const EvaluationSettings& settings);

// Finds all faces. There is one entry for each image, references first. For sources that were checked.
std::vector<EvaluatedImage> analyse_samples(const ImageSources& sources, const FaceNetworks& networks,
                                            const FaceSettings& settings, const FaceProgress& progress);

// Sentences for the report on comparisons that were left out.
std::vector<std::string> left_out_warnings(const LeftOut& left_out);

// Throws Error where no comparison has a score: what was left out, or which images failed and why.
void check_any_score(const std::vector<EvaluatedImage>& images, const std::vector<MatcherScores>& scores,
                     const LeftOut& left_out);

// The report's parts that need images: who failed and why, picture by picture, ages, qualities, maps of embeddings, the
// worst pairs' faces, the grid. For an evaluation whose figures are there. training: how many pictures the method was
// trained on; 0: not known.
void describe_images(const std::vector<EvaluatedImage>& images, std::size_t training, const FaceNetworks& networks,
                     Evaluation& evaluation);

}  // namespace miafr
