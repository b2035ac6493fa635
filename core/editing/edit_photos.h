// Photos to a folder of edited pictures: samples/00000.png … with their settings inside, grids, manifest.csv, for each
// person apart where photos lie in folders of persons. What miafr evaluate takes as probes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/editing/photo_inputs.h"

namespace miafr {

struct EditRun {
  std::vector<EditTarget> targets;
  std::filesystem::path outdir;
  std::uint64_t seed = 0;
  bool aligned = false, paste_back = false;  // as PhotoSources has it; crops go back into the photos
  bool overwrite = false;                    // pictures that the folder has are removed first
  std::string detector_key;                  // what the faces were found with; "" where none were looked for
};

struct EditCounts {
  std::int64_t pictures = 0, done_before = 0;
  std::int64_t photos = 0, failed_photos = 0;
};

// Edits that the folder has are not done again. Photos that cannot be edited are warned of and listed in
// DIR/not_edited.csv. on_picture(done, total) is called at the start and after each picture. Whatever ends the run, the
// pictures that are there have their rows and their grid. Throws Error for a folder that has pictures of other
// settings, and where no photo at all can be edited.
EditCounts edit_photos(const EditRun& run, const ChosenPlugin<Editor>& editor, const PhotoInputs& inputs,
                       const std::function<void(std::int64_t done, std::int64_t total)>& on_picture);

}  // namespace miafr
