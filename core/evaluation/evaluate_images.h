// From folders of images to what the report says beside the scores.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/evaluation/comparisons.h"
#include "core/evaluation/evaluation.h"

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

// The report's parts that need images: who failed and why, picture by picture, ages, qualities, maps of embeddings, the
// worst pairs' faces, the grid. For an evaluation whose figures are there.
void describe_images(const std::vector<EvaluatedImage>& images, const FaceNetworks& networks, Evaluation& evaluation);

}  // namespace miafr
