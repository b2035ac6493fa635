// Where a run puts the pictures that it paints: samples/00000.png …, a grid, and manifest.csv. A folder that has some
// already is continued; nothing in it is replaced.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/image/grid.h"

namespace miafr {

class OutputFolder {
 public:
  static constexpr const char* kRowColumns =
      "file,prompt,label,negative_prompt,seed,noise,sampler,steps,scale,checkpoint,checkpoint_sha256,seconds";

  // Makes the folder. columns: the manifest's, "file,…", in one line; those of Row unless given. Throws Error where it
  // cannot be written to, or holds a manifest with other columns.
  explicit OutputFolder(const std::filesystem::path& folder, const std::string& columns = kRowColumns);

  struct Row {
    std::string prompt, label, negative_prompt;
    std::uint64_t seed;
    std::string noise;  // "per_image" or "batch"
    std::string sampler;
    std::int64_t steps;
    double scale;
    std::string checkpoint, checkpoint_sha256;
    double seconds;
  };

  // Saves pixels [H,W,3] with the settings in the picture's text, and its row of the manifest. Returns
  // samples/00000.png.
  std::string add(const at::Tensor& pixels, const std::map<std::string, std::string>& texts, const Row& row);

  // The same with the fields of other columns than Row's, joined by commas, without the file's.
  std::string add(const at::Tensor& pixels, const std::map<std::string, std::string>& texts,
                  const std::string& fields);

  // samples/00000.safetensors beside the picture that add() returned.
  void add_latent(const std::string& picture, const at::Tensor& latent,
                  const std::map<std::string, std::string>& texts) const;

  // The next free grid-0000.png.
  std::filesystem::path add_grid(const std::vector<GridRow>& rows) const;

 private:
  std::filesystem::path folder_;
  std::string columns_;  // the manifest's first line
  std::int64_t next_ = 0;
};

}  // namespace miafr
