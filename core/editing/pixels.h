// Pictures as files have them, and as editors do.
#pragma once

#include <torch/types.h>

namespace miafr {

// [H,W,3] uint8 -> [3,H,W] float32 in 0..1.
inline at::Tensor to_unit(const at::Tensor& pixels) {
  return pixels.permute({2, 0, 1}).to(at::kFloat).div(255).contiguous();
}

// The same back, on the CPU; to_unit's own values give the same bytes again.
inline at::Tensor to_bytes(const at::Tensor& picture) {
  return picture.cpu().to(at::kFloat).clamp(0, 1).mul(255).round().to(at::kByte).permute({1, 2, 0}).contiguous();
}

}  // namespace miafr
