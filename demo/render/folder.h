// Drawn faces on disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "demo/render/age.h"

namespace miafr::demo {

struct FolderPlan {
  std::vector<std::uint64_t> identities;  // seeds
  std::vector<AgeLabel> ages;
  int photos = 12;           // of each identity at each age
  int size = 64;             // pixels
  float eyeglasses = 0.25F;  // share of the photos with them
};

// Writes FOLDER/<identity>/<age>/<n>.png, n from 0, and the truth about each in FOLDER/truth.csv: file, identity,
// age, years, eyeglasses, nuisance, the five landmarks (Rendering::landmarks) as <place>_x and <place>_y, and the
// face's box as left, top, right, bottom; pixels. The folder is made where there is none.
// Throws Error, also where it has a truth.csv already.
void write_folder(const std::filesystem::path& folder, const FolderPlan& plan);

}  // namespace miafr::demo
