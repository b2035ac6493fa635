// Smooth lines through a few points, and the outlines that are filled.
#pragma once

#include <opencv2/core.hpp>
#include <vector>

namespace miafr::demo {

using Points = std::vector<cv::Point2f>;

// Catmull-Rom splines through the points, kSteps segments between two of them.
inline constexpr int kSteps = 6;
Points smooth_closed(const Points& through);
Points smooth_open(const Points& through);

Points ellipse(cv::Point2f centre, float radius_x, float radius_y, float angle = 0);

// The outline of a brush stroke along the line: `width` in its thickest place, `begin` and `end` the share of it at the
// ends (0 pointed, 1 blunt).
Points stroke(const Points& line, float width, float begin = 0, float end = 0);

}  // namespace miafr::demo
