#include "core/image/grid.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

namespace miafr {
namespace {

constexpr int kGap = 4, kLabelHeight = 24;
constexpr double kFontSize = 0.45;

// The label in the font's characters, shortened to the width.
std::string drawable(const std::string& label, int width) {
  std::string text;
  for (const unsigned char byte : label) {
    if ((byte & 0xC0) == 0x80) continue;  // the rest of a character of several bytes
    text += byte >= 32 && byte < 127 ? static_cast<char>(byte) : '?';
  }
  const auto fits = [&](const std::string& some) {
    return cv::getTextSize(some, cv::FONT_HERSHEY_SIMPLEX, kFontSize, 1, nullptr).width <= width - 2 * kGap;
  };
  if (fits(text)) return text;
  while (!text.empty() && !fits(text + "...")) text.pop_back();
  return text + "...";
}

}  // namespace

at::Tensor make_grid(const std::vector<GridRow>& rows) {
  int64_t columns = 1, height = 0, width = 0;
  for (const GridRow& row : rows) {
    columns = std::max<int64_t>(columns, row.pictures.size());
    for (const at::Tensor& picture : row.pictures) height = picture.size(0), width = picture.size(1);
  }
  const int64_t row_height = kLabelHeight + height + kGap;
  const at::Tensor grid =
      at::full({static_cast<int64_t>(rows.size()) * row_height, columns * (width + kGap) + kGap, 3}, 255, at::kByte);
  cv::Mat canvas(grid.size(0), grid.size(1), CV_8UC3, grid.data_ptr());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const int64_t top = i * row_height;
    cv::putText(canvas, drawable(rows[i].label, canvas.cols), {2 * kGap, static_cast<int>(top) + kLabelHeight - 8},
                cv::FONT_HERSHEY_SIMPLEX, kFontSize, {0, 0, 0}, 1, cv::LINE_AA);
    for (std::size_t j = 0; j < rows[i].pictures.size(); ++j)
      grid.slice(0, top + kLabelHeight, top + kLabelHeight + height)
          .slice(1, kGap + j * (width + kGap), kGap + j * (width + kGap) + width)
          .copy_(rows[i].pictures[j]);
  }
  return grid;
}

}  // namespace miafr
