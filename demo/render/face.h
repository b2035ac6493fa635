// Drawn faces: people who do not exist, at any age, with the truth about each picture.
#pragma once

#include <array>
#include <opencv2/core.hpp>

#include "demo/render/age.h"
#include "demo/render/identity.h"
#include "demo/render/nuisance.h"

namespace miafr::demo {

struct Rendering {
  cv::Mat image;  // [size, size] 8UC3, BGR
  // Left eye, right eye (as seen in the image), nose tip, left and right corner of the mouth; pixels, (0, 0) being the
  // centre of the first one.
  std::array<cv::Point2f, 5> landmarks;
  cv::Rect2f face;  // as a detector draws it, brow to chin and ear to ear; pixels
};

// Age is the label plus nuisance.age_jitter, so that it is continuous. The same arguments give the same picture. Safe
// to call from several threads. `size` is the image's side in pixels, 16..1024 (Error otherwise).
Rendering render_face(const Identity& identity, AgeLabel age, bool eyeglasses, const Nuisance& nuisance, int size = 64);

}  // namespace miafr::demo
