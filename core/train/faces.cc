#include "core/train/faces.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "core/face/aligned_faces.h"

namespace miafr {
namespace {

at::Tensor to_bytes(const at::Tensor& images) {  // -> [N, H, W, 3]
  return ((images.detach() + 1) * 127.5).round().clamp(0, 255).to(at::kByte).permute({0, 2, 3, 1}).contiguous();
}

double area(const DetectedFace& face) { return (face.right - face.left) * (face.bottom - face.top); }

}  // namespace

at::Tensor face_points(const ChosenPlugin<FaceDetector>& detector, const at::Tensor& images) {
  const at::NoGradGuard no_gradients;
  const auto found = detector.call("detect", [&](FaceDetector& d) { return d.detect(to_bytes(images)); });
  const at::Tensor points = at::full({images.size(0), 5, 2}, std::numeric_limits<float>::quiet_NaN(), at::kFloat);
  auto out = points.accessor<float, 3>();
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto largest = std::max_element(found[i].begin(), found[i].end(),
                                          [](const auto& a, const auto& b) { return area(a) < area(b); });
    if (largest == found[i].end()) continue;
    for (std::size_t p = 0; p < 5; ++p)
      for (std::size_t c = 0; c < 2; ++c) out[i][p][c] = static_cast<float>(largest->points[p][c]);
  }
  return points.to(images.device());
}

at::Tensor face_embeddings(const ChosenPlugin<FaceDetector>& detector, const ChosenPlugin<FaceMatcher>& matcher,
                           const at::Tensor& images) {
  const at::NoGradGuard no_gradients;
  const at::Tensor points = face_points(detector, images);
  const FaceMatcherInfo info = matcher.call("info", [](FaceMatcher& m) { return m.info(); });
  const at::Tensor embeddings =
      at::full({images.size(0), info.embedding_size}, std::numeric_limits<float>::quiet_NaN(), images.options());
  for (std::int64_t i = 0; i < images.size(0); ++i) {
    if (!points[i].isfinite().all().item<bool>()) continue;
    const at::Tensor face = aligned_faces((images.slice(0, i, i + 1) + 1) * 127.5, points.slice(0, i, i + 1), info);
    const at::Tensor e = matcher.call("embed", [&](FaceMatcher& m) { return m.embed(face); });
    embeddings[i] = (e / e.norm()).squeeze(0);
  }
  return embeddings;
}

}  // namespace miafr
