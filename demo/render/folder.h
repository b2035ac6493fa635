// Drawn faces on disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "demo/render/age.h"

namespace miafr::demo {

struct Photo {
  std::filesystem::path file;  // below the folder, .png
  std::uint64_t identity;      // seed
  AgeLabel age;
  bool eyeglasses;
  std::uint64_t nuisance;  // seed
};

// Photo n of a person at an age. No two share their nuisance. eyeglasses: how likely they are.
Photo photo_of(std::uint64_t identity, AgeLabel age, int n, float eyeglasses, const std::filesystem::path& file);

// Draws the photos, on all processors, and then writes FOLDER/truth.csv with the truth about each: file, identity, age,
// years, eyeglasses, nuisance, the five landmarks (Rendering::landmarks) as <place>_x and <place>_y, and the face's box
// as left, top, right, bottom; pixels. Folders are made where there are none. size: pixels. Throws Error.
void write_photos(const std::filesystem::path& folder, const std::vector<Photo>& photos, int size);

struct FolderPlan {
  std::vector<std::uint64_t> identities;  // seeds
  std::vector<AgeLabel> ages;
  int photos = 12;           // of each identity at each age
  int size = 64;             // pixels
  float eyeglasses = 0.25F;  // share of the photos with them
};

// Writes FOLDER/<identity>/<age>/<n>.png, n from 0, and FOLDER/truth.csv. Throws Error, also where that is there
// already.
void write_folder(const std::filesystem::path& folder, const FolderPlan& plan);

}  // namespace miafr::demo
