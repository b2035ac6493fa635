#include "core/image/resize_bicubic.h"

#include <algorithm>
#include <cmath>

namespace miafr {
namespace {

constexpr int kFractionBits = 22;  // 32 less 8 of a pixel and 2 for what the negative lobes add
constexpr double kSupport = 2;

double cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

// Which pixels of a line make one pixel of the result, and how much of each.
struct Window {
  int first = 0;
  std::vector<std::int32_t> weights;
};

std::vector<Window> windows(int from, int to) {
  const double scale = static_cast<double>(from) / to, stretch = std::max(scale, 1.0), support = kSupport * stretch;
  std::vector<Window> result(to);
  for (int i = 0; i < to; ++i) {
    const double center = (i + 0.5) * scale;
    const int first = std::max(static_cast<int>(center - support + 0.5), 0);
    const int end = std::min(static_cast<int>(center + support + 0.5), from);
    std::vector<double> weights;
    double sum = 0;
    for (int x = first; x < end; ++x) {
      weights.push_back(cubic((x - center + 0.5) * (1 / stretch)));
      sum += weights.back();
    }
    result[i].first = first;
    for (const double weight : weights) {
      const double fixed = weight / sum * (1 << kFractionBits);
      result[i].weights.push_back(static_cast<std::int32_t>(fixed < 0 ? fixed - 0.5 : fixed + 0.5));
    }
  }
  return result;
}

// One value: pixels `step` bytes apart, weighted.
std::uint8_t weigh(const std::uint8_t* pixel, std::size_t step, const std::vector<std::int32_t>& weights) {
  std::int32_t sum = 1 << (kFractionBits - 1);
  for (const std::int32_t weight : weights) {
    sum += *pixel * weight;
    pixel += step;
  }
  return static_cast<std::uint8_t>(std::clamp(sum >> kFractionBits, 0, 255));
}

Image resize_rows(const Image& image, int width) {
  const std::vector<Window> columns = windows(image.width, width);
  Image result(width, image.height);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c)
        result.row(y)[3 * x + c] = weigh(image.row(y) + std::size_t{3} * columns[x].first + c, 3, columns[x].weights);
  return result;
}

Image resize_columns(const Image& image, int height) {
  const std::vector<Window> rows = windows(image.height, height);
  const std::size_t step = std::size_t{3} * image.width;
  Image result(image.width, height);
  for (int y = 0; y < height; ++y)
    for (std::size_t i = 0; i < step; ++i)
      result.row(y)[i] = weigh(image.row(rows[y].first) + i, step, rows[y].weights);
  return result;
}

}  // namespace

Image resize_bicubic(const Image& image, int width, int height) {
  if (width == image.width && height == image.height) return image;
  if (height == image.height) return resize_rows(image, width);
  if (width == image.width) return resize_columns(image, height);
  return resize_columns(resize_rows(image, width), height);
}

}  // namespace miafr
