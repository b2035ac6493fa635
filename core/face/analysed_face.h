// How faces are looked for in pictures, and what is found.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "core/plugin/face_detector.h"

namespace miafr {

// Which face of a picture that shows several.
enum class FacePolicy {
  kLargest,  // the box of most area
  kCentred,  // the box whose middle is nearest to the picture's
  kOnly,     // a picture with several faces is a failure
  kAll,      // each is an entry of its own
};

struct FaceSettings {
  FacePolicy policy = FacePolicy::kLargest;
  double min_confidence = 0;  // of the detector; a face below it is none
  double min_face = 0;        // pixels, of the box's shorter side; a chosen face below it is a failure
  bool aligned = false;       // pictures are faces in the networks' own alignment already: nothing is detected
  std::string cache_folder;   // where results are kept by content; "" keeps none
  std::int64_t batch_size = 32;
};

struct MeasuredQuality {
  std::vector<double> native, score;  // a value for each measure of the plugin
};

struct AnalysedFace {
  std::filesystem::path file;
  std::string sha256;  // of the file's bytes; "" where it cannot be read
  std::uint64_t difference_hash = 0;
  std::int64_t width = 0, height = 0;  // of the upright picture
  std::int64_t faces_found = 0;        // in the picture; 1 where it is aligned

  // Why there is no face: one of "unreadable", "no face", "too small", "several faces"; "" where there is one.
  std::string failure;
  std::string detail;  // the failure in words, naming no file

  DetectedFace face;
  // A row for each matcher, in the order of FaceNetworks; empty where the face is missing or embedding_failure says
  // why: "NaN embedding".
  std::vector<std::vector<float>> embeddings;
  std::vector<std::string> embedding_failures;
  double age = std::numeric_limits<double>::quiet_NaN();  // apparent, years
  std::vector<MeasuredQuality> quality;                   // a row for each quality plugin
};

}  // namespace miafr
