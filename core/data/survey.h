// Every image of the two sets, with what training would make of it or why it cannot be used.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/config/run_config.h"
#include "core/data/buckets.h"
#include "core/data/captions.h"
#include "core/data/data_folders.h"
#include "core/data/sidecars.h"

namespace miafr {

struct SurveyedImage {
  std::filesystem::path file;
  bool in_reg = false;  // of the regularisation set, else of the subject's
  std::string problem;  // why training refuses it, without its name; "" where it is taken

  std::int64_t width = 0, height = 0;  // of the upright photo; 0 where it cannot be read
  PictureSize bucket = {0, 0};         // of the tensor it becomes
  Caption caption;                     // without text where it has none

  std::string sha256;                 // of the file's bytes; "" where they cannot be read
  std::uint64_t difference_hash = 0;  // 0 where it cannot be read
};

struct Survey {
  std::vector<SurveyedImage> train, reg;  // sorted by the bytes of the path
  std::vector<UnusedText> unused_texts;   // of both sets: text files that no photo takes its caption from
  std::vector<std::string> warnings;      // one line each; these are among them
};

// Called now and then while images are read. May throw Cancelled.
using SurveyProgress = std::function<void(std::int64_t done, std::int64_t total)>;

// Decodes every image, on DataConfig::num_workers threads. with_hashes: compute sha256 and difference_hash too. Throws
// Error for what is wrong with a folder as a whole, or with the config, as read_training_sets does.
Survey survey(const DataFolders& folders, const DataConfig& config, bool with_hashes, const SurveyProgress& progress);

// What authors of captions may not expect, one line for each such note: how many photos have it, and the first.
std::vector<std::string> note_warnings(const Survey& survey);

// Photos that are the only ones of their set in their bucket, where there are several buckets.
std::vector<const SurveyedImage*> alone_in_bucket(const std::vector<SurveyedImage>& set);

// What becomes of such a photo: "alone at 448x576: trained as often as any other, in batches that hold it 2 times".
std::string alone_text(const SurveyedImage& image, std::int64_t batch_size);

// Which images cannot be used, on one line: the first few, and how many; "" where all can.
std::string problem_summary(const Survey& survey);

}  // namespace miafr
