// The boosted cascade of Viola and Jones (CVPR 2001) as OpenCV ships it: no network, no weights to look for, and only
// frontal, upright faces. A second cascade looks for the eyes; nose and mouth are placed where they are in a mean face,
// and so are the eyes where none are found.
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <mutex>
#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>
#include <stdexcept>

#include "core/plugin/face_detector.h"

namespace {

constexpr miafr::ParamSpec kParams[] = {
    miafr::integer_param("min_face", 40, "narrowest face to look for, in pixels", 20, 10000),
    miafr::integer_param("min_neighbours", 3, "windows that must agree on a face", 1, 100),
};

constexpr const char* kCascadeFolder = "/usr/share/opencv4/haarcascades";

// The five points in the face's box, from 0 to 1 (medians over frontal portraits).
constexpr miafr::FacePoints kMeanFace{{{0.31, 0.39}, {0.69, 0.39}, {0.5, 0.60}, {0.35, 0.78}, {0.65, 0.78}}};

cv::CascadeClassifier load(const std::string& file) {
  cv::CascadeClassifier cascade;
  const std::string path = (std::filesystem::path(kCascadeFolder) / file).string();
  if (!cascade.load(path)) throw std::runtime_error(path + " cannot be read; install Debian's package opencv-data");
  return cascade;
}

class HaarDetector final : public miafr::FaceDetector {
 public:
  HaarDetector(const miafr::Params& params, miafr::HostContext&)
      : min_face_(static_cast<int>(params.integer("min_face"))),
        min_neighbours_(static_cast<int>(params.integer("min_neighbours"))),
        faces_(load("haarcascade_frontalface_alt2.xml")),
        eyes_(load("haarcascade_eye_tree_eyeglasses.xml")) {}

  std::vector<std::vector<miafr::DetectedFace>> detect(const at::Tensor& pictures) override {
    const at::Tensor cpu = pictures.to(at::kCPU).contiguous();
    std::vector<std::vector<miafr::DetectedFace>> found;
    for (int64_t i = 0; i < cpu.size(0); ++i) {
      const cv::Mat picture(static_cast<int>(cpu.size(1)), static_cast<int>(cpu.size(2)), CV_8UC3,
                            cpu[i].data_ptr<uint8_t>());
      cv::Mat grey;
      cv::cvtColor(picture, grey, cv::COLOR_RGB2GRAY);
      cv::equalizeHist(grey, grey);
      found.push_back(faces_in(grey));
    }
    return found;
  }

 private:
  std::vector<miafr::DetectedFace> faces_in(const cv::Mat& grey) {
    std::vector<cv::Rect> boxes;
    std::vector<int> windows;                        // that agreed on each
    const std::lock_guard<std::mutex> lock(mutex_);  // a cascade keeps its scratch pictures
    if (std::min(grey.rows, grey.cols) >= min_face_)
      faces_.detectMultiScale(grey, boxes, windows, 1.1, min_neighbours_, 0, {min_face_, min_face_});
    std::vector<miafr::DetectedFace> faces;
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      const cv::Rect& box = boxes[i];
      faces.push_back({double(box.x), double(box.y), box.x + box.width - 1.0, box.y + box.height - 1.0,
                       1 - std::exp2(-windows[i] / 8.0), points_in(grey, box)});
    }
    std::stable_sort(faces.begin(), faces.end(),
                     [](const auto& a, const auto& b) { return a.confidence > b.confidence; });
    return faces;
  }

  // A mean face, moved so that its eyes are where the cascade finds them.
  miafr::FacePoints points_in(const cv::Mat& grey, const cv::Rect& box) {
    const cv::Rect upper(box.x, box.y, box.width, box.height * 6 / 10);
    std::vector<cv::Rect> eyes;
    eyes_.detectMultiScale(grey(upper), eyes, 1.05, 3, 0, {box.width / 10, box.width / 10},
                           {box.width / 2, box.width / 2});
    cv::Point2d left = place(box, kMeanFace[0]), right = place(box, kMeanFace[1]);
    const cv::Point2d mean_left = left, mean_right = right;
    for (const cv::Rect& eye : eyes) {
      const cv::Point2d centre(upper.x + eye.x + (eye.width - 1) / 2.0, upper.y + eye.y + (eye.height - 1) / 2.0);
      const bool is_left = centre.x < box.x + box.width / 2.0;
      const cv::Point2d& mean = is_left ? mean_left : mean_right;
      if (cv::norm(centre - mean) < 0.15 * box.width) (is_left ? left : right) = centre;
    }
    const cv::Point2d from = mean_right - mean_left, to = right - left;
    const double size = from.dot(from);
    const double re = from.dot(to) / size, im = (from.x * to.y - from.y * to.x) / size;  // to / from as complex numbers
    miafr::FacePoints points;
    for (std::size_t i = 0; i < points.size(); ++i) {
      const cv::Point2d offset = place(box, kMeanFace[i]) - mean_left;
      points[i] = {left.x + re * offset.x - im * offset.y, left.y + im * offset.x + re * offset.y};
    }
    return points;
  }

  static cv::Point2d place(const cv::Rect& box, const std::array<double, 2>& share) {
    return {box.x + share[0] * (box.width - 1), box.y + share[1] * (box.height - 1)};
  }

  const int min_face_, min_neighbours_;
  std::mutex mutex_;
  cv::CascadeClassifier faces_, eyes_;
};

}  // namespace

MIAFR_FACE_DETECTOR_PLUGIN(HaarDetector, "haar", "1.0",
                           "boosted cascade for frontal, upright faces (Viola and Jones 2001)", kParams,
                           miafr::kEstimatesPoints, "MIT; cascades Intel Open Source Computer Vision Library")
