// One checkpoint written as another: other file format, layout or precision.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/config/run_config.h"
#include "core/io/checkpoint.h"
#include "core/io/checkpoint_writer.h"

namespace miafr {

enum class Layout { kCompVis, kDiffusers };

struct ConvertOptions {
  std::optional<DType> dtype;    // of the floating-point tensors; else each keeps its own
  std::optional<Layout> layout;  // else the input's
  ModelConfig model;             // the heads, which diffusers' config.json names and shapes do not tell
};

// Writes `out`: .safetensors, PyTorch's zip for .ckpt .pt .pth .bin, a folder for diffusers. One tensor at a time is in
// memory. Returns the names that the other layout has no place for (averaged weights, the noise schedule) and that were
// left out. A tensor that is not finite is written as it is, with a warning. Throws Error where `out` is there already,
// has another ending, or is not what the layout needs.
std::vector<std::string> convert(const Checkpoint& in, const std::filesystem::path& out, const ConvertOptions& options);

// The networks' tensors of a checkpoint in either layout, in CompVis' and in that dtype; without averaged weights,
// schedules and whatever else a file may hold.
std::vector<TensorToWrite> compvis_tensors(const Checkpoint& in, DType dtype);

// Which of the two its names are of; CompVis where it is neither.
Layout layout_of(const Checkpoint& checkpoint);

}  // namespace miafr
