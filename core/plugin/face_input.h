// How a network wants its faces. The host detects, aligns and converts, so that every network gets exactly what it was
// trained on and no plugin repeats that code.
#pragma once

#include <array>
#include <cstdint>

namespace miafr {

enum class ChannelOrder { kRgb, kBgr };

// {x, y} of left eye, right eye, nose tip, left and right mouth corner ("left" as seen in the image), in pixels, pixel
// centres at integers.
using FacePoints = std::array<std::array<double, 2>, 5>;

struct FaceInput {
  std::int64_t input_height = 112;
  std::int64_t input_width = 112;
  ChannelOrder channel_order = ChannelOrder::kRgb;
  std::array<double, 3> mean{127.5, 127.5, 127.5};  // pixel p in 0..255 becomes (p - mean) / scale, in the order above
  std::array<double, 3> scale{127.5, 127.5, 127.5};
  FacePoints template_points{};  // where the five points go in the input
};

// Standard 5-point templates: name your own points where the network was trained on others.
inline constexpr FacePoints kArcFacePoints112{
    {{38.2946, 51.6963}, {73.5318, 51.5014}, {56.0252, 71.7366}, {41.5493, 92.3655}, {70.7299, 92.2041}}};

}  // namespace miafr
