// Pictures side by side, with labels.
#pragma once

#include <torch/types.h>

#include <string>
#include <vector>

namespace miafr {

// One row: its label and its pictures [H,W,3] of uint8, all of one size. Rows may differ in length.
struct GridRow {
  std::string label;
  std::vector<at::Tensor> pictures;
};

// The rows below each other on white, each under its label: uint8 [H,W,3]. Labels are drawn in ASCII; what the font
// lacks becomes '?'.
at::Tensor make_grid(const std::vector<GridRow>& rows);

}  // namespace miafr
