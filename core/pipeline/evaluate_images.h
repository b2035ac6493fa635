// From folders of images to what the report says beside the scores.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/metrics/score_table.h"
#include "core/pipeline/comparisons.h"
#include "core/report/evaluation.h"

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

// Finds all faces; one entry for each image, references first. Throws Error for an unknown quality measure.
std::vector<EvaluatedImage> analyse_samples(const ImageSources& sources, const FaceNetworks& networks,
                                            const FaceSettings& settings, const FaceProgress& progress);

// Acquisition, failures, ages, qualities, error versus discard, embeddings in two dimensions, thumbnails of the worst
// pairs and the grid. Call it when the matchers' results are in. tables: the scores of each matcher, in order.
void describe_images(const std::vector<EvaluatedImage>& images, const FaceNetworks& networks,
                     const std::vector<ScoreTable>& tables, Evaluation& evaluation);

}  // namespace miafr
