// Coverage: which part of the canvas a shape takes.
#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "demo/render/curve.h"

namespace miafr::demo {

// Coverage 0..255 of the canvas pixels inside `box`, none outside.
struct Mask {
  cv::Rect box;
  cv::Mat1b pixels;  // [box.height, box.width]
};

// The union of the outlines; hard-edged, since the canvas is drawn large and reduced at the end.
Mask mask_of(const std::vector<Points>& outlines, cv::Size canvas);

// With its edge blurred over about `radius` pixels to either side.
Mask softened(const Mask& mask, float radius, cv::Size canvas);

Mask moved(Mask mask, cv::Point by);
Mask without(const Mask& mask, const Mask& hole);
Mask united(const Mask& one, const Mask& other);

}  // namespace miafr::demo
