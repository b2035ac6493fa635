// Which pictures of a trial are there, and which are to be painted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/config/prompt_templates.h"

namespace miafr {

// For every prompt, the pictures with the seeds seed … seed + count - 1 are wanted.
struct WantedPictures {
  std::vector<Prompt> prompts;
  std::int64_t seed = 0, count = 0;
};

struct PaintedPicture {
  std::string file;  // below the folder
  std::string label;
};

// Returns those wanted pictures that are there in a folder that `miafr generate` wrote, by its manifest.csv, each once.
// Throws Error for a damaged manifest.
std::vector<PaintedPicture> painted_pictures(const std::filesystem::path& folder, const WantedPictures& wanted);

// All with one of these labels, in a folder that `miafr edit` wrote; of the same.
std::vector<PaintedPicture> labelled_pictures(const std::filesystem::path& folder,
                                              const std::vector<std::string>& labels);

// Returns those that are not there; each entry is one call of `miafr generate`. A prompt whose missing seeds are not in
// a row comes in several.
std::vector<WantedPictures> missing_pictures(const std::filesystem::path& folder, const WantedPictures& wanted);

}  // namespace miafr
