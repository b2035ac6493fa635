// The folder of one person's edited pictures.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "core/pipeline/output_folder.h"

namespace miafr {

// Which edit a picture is. Two pictures of the same are the same.
struct EditId {
  std::string source;      // the photo's name
  std::string source_key;  // its content and all that went with it
  std::string target;      // describe_target()
  std::uint64_t seed = 0;
};

struct EditRow {
  EditId id;
  std::string label, source_sha256;
  std::string editor, editor_key;  // its name; what changes with it, its parameters and its weights
  std::string weights, weights_sha256;
  std::string alignment;
  bool pasted_back = false;
  double seconds = 0;
};

class EditFolder {
 public:
  // Makes the folder. editor_key: of the pictures to come. overwrite: pictures that its manifest lists are removed, and
  // its grids. Throws Error where it cannot be written to, or has pictures of another editor_key.
  EditFolder(std::filesystem::path folder, const std::string& editor_key, bool overwrite);

  // Throws Error where the folder has a picture of the same photo, target and seed that something else went into.
  bool has(const EditId& id) const;

  // Saves pixels [H,W,3] of uint8 with the settings in the picture's text, and its row. photo: what it was made of, for
  // the grid.
  void add(const at::Tensor& pixels, const at::Tensor& photo, const std::string& settings, const EditRow& row);

  // The grid of what was added since the last call: a row for each photo. Returns its file, or "" where nothing was
  // added.
  std::filesystem::path add_grid();

  // How many photos the grid that add_grid() would write has.
  std::size_t photos_in_grid() const { return grid_.size(); }

 private:
  std::map<std::tuple<std::string, std::string, std::uint64_t>, std::string> keys_;  // by source, target, seed
  std::filesystem::path folder_;
  std::vector<GridRow> grid_;
  std::string grid_source_;
  OutputFolder output_;
};

}  // namespace miafr
