#include "core/image/draw_faces.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <opencv2/imgproc.hpp>

namespace miafr {

void draw_face(Image& picture, const DetectedFace& face) {
  cv::Mat canvas(picture.height, picture.width, CV_8UC3, picture.pixels.data());
  const int width = std::max(1, static_cast<int>(std::lround(std::max(picture.width, picture.height) / 300.0)));
  const auto point = [](double x, double y) {
    return cv::Point(static_cast<int>(std::lround(x)), static_cast<int>(std::lround(y)));
  };
  const cv::Scalar green(60, 220, 90), yellow(255, 220, 40);
  cv::rectangle(canvas, point(face.left, face.top), point(face.right, face.bottom), green, width, cv::LINE_AA);
  for (const auto& [x, y] : face.points) cv::circle(canvas, point(x, y), 2 * width, yellow, cv::FILLED, cv::LINE_AA);
  char text[16];
  std::snprintf(text, sizeof text, "%.2f", face.confidence);
  cv::putText(canvas, text, point(face.left, std::max(14.0 * width, face.top - 3 * width)), cv::FONT_HERSHEY_SIMPLEX,
              0.45 * width, green, width, cv::LINE_AA);
}

}  // namespace miafr
