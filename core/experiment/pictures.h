// Which pictures of a cell are there, and which are to be painted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/config/prompt_templates.h"

namespace miafr {

// What one call of `miafr generate` paints: of each prompt `count` pictures, with seeds from `seed` on.
struct PictureRun {
  std::vector<Prompt> prompts;
  std::int64_t seed = 0, count = 0;
};

// Of every prompt, pictures with the seeds seed … seed + count - 1 are wanted; folder/manifest.csv says which are
// there. A prompt whose missing seeds are not in a row comes in several runs. Throws Error for a damaged manifest.
std::vector<PictureRun> missing_pictures(const std::filesystem::path& folder, const std::vector<Prompt>& prompts,
                                         std::int64_t seed, std::int64_t count);

}  // namespace miafr
