#include "demo/render/sheet.h"

#include <opencv2/imgproc.hpp>

#include "demo/render/face.h"

namespace miafr::demo {

cv::Mat contact_sheet(const std::vector<std::uint64_t>& identities, int photos, int size) {
  const int gap = size / 24, group_gap = size / 8, header = 22, margin = 36, group = photos * (size + gap) + group_gap;
  const int ages = static_cast<int>(kAgeLabels.size()), rows = static_cast<int>(identities.size());
  cv::Mat sheet(header + rows * (size + gap) + group_gap, margin + ages * group + group_gap, CV_8UC3,
                cv::Scalar(250, 250, 250));
  const auto label = [&](const std::string& text, cv::Point at) {
    cv::putText(sheet, text, at, cv::FONT_HERSHEY_SIMPLEX, 0.4, {70, 70, 70}, 1, cv::LINE_AA);
  };
  for (int i = 0; i < rows; ++i) label(std::to_string(identities[i]), {5, header + i * (size + gap) + size / 2 + 4});
  for (int a = 0; a < ages; ++a) {
    const int left = margin + a * group;
    label(age_name(kAgeLabels[a]), {left, header - 7});
    for (int i = 0; i < rows; ++i)
      for (int p = 0; p < photos; ++p) {
        const std::uint64_t nuisance = identities[i] * 1000 + a * 10 + p;
        const bool eyeglasses = p + 1 == photos && i % 2 == 1;
        const cv::Mat face =
            render_face(draw_identity(identities[i]), kAgeLabels[a], eyeglasses, draw_nuisance(nuisance), size).image;
        face.copyTo(sheet(cv::Rect(left + p * (size + gap), header + i * (size + gap), size, size)));
      }
  }
  return sheet;
}

}  // namespace miafr::demo
