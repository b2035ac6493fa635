// The population that the demo's networks learn from, photo by photo.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "demo/render/face.h"
#include "demo/render/people.h"

namespace miafr::demo {

inline constexpr int kPhotoSide = 64;

struct PhotoPlan {
  std::uint64_t identity;
  AgeLabel age;
  bool eyeglasses;
  std::uint64_t nuisance;
};

// Photo `number` of a person: age, eyeglasses (one in four) and nuisance follow from both numbers.
PhotoPlan photo_plan(std::uint64_t identity, std::uint64_t number);

Rendering render(const PhotoPlan& plan, int side = kPhotoSide);

struct Photos {
  at::Tensor pixels;     // [N, 3, side, side] uint8, RGB
  at::Tensor landmarks;  // [N, 5, 2] float32, Rendering::landmarks
};

// Drawn on all threads.
Photos draw_photos(const std::vector<PhotoPlan>& plans, int side = kPhotoSide);

// Their pixels alone.
at::Tensor render_photos(const std::vector<PhotoPlan>& plans, int side = kPhotoSide);

// uint8 0..255 -> float32 -1..1.
at::Tensor to_unit_range(const at::Tensor& photos);

}  // namespace miafr::demo
