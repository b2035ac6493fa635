#include "core/train/faces.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "core/face/face_chips.h"

namespace miafr {
namespace {

at::Tensor to_bytes(const at::Tensor& images) {  // -> [N, H, W, 3]
  return ((images.detach() + 1) * 127.5).round().clamp(0, 255).to(at::kByte).permute({0, 2, 3, 1}).contiguous();
}

using Faces = std::vector<DetectedFace>;

// The face of most area; null where there is none.
const DetectedFace* largest(const Faces& faces) {
  const auto area = [](const DetectedFace& face) { return (face.right - face.left) * (face.bottom - face.top); };
  const auto found =
      std::max_element(faces.begin(), faces.end(), [&](const auto& a, const auto& b) { return area(a) < area(b); });
  return found == faces.end() ? nullptr : &*found;
}

std::vector<Faces> detect(const ChosenPlugin<FaceDetector>& detector, const at::Tensor& bytes) {
  return detector.call("detect", [&](FaceDetector& d) { return d.detect(bytes); });
}

Image to_image(const at::Tensor& bytes) {  // [H, W, 3]
  const at::Tensor pixels = bytes.to(at::kCPU).contiguous();
  Image image(static_cast<int>(pixels.size(1)), static_cast<int>(pixels.size(0)));
  std::copy_n(pixels.data_ptr<std::uint8_t>(), image.pixels.size(), image.pixels.begin());
  return image;
}

}  // namespace

at::Tensor face_points(const ChosenPlugin<FaceDetector>& detector, const at::Tensor& images) {
  const at::NoGradGuard no_gradients;
  const std::vector<Faces> found = detect(detector, to_bytes(images));
  const at::Tensor points = at::full({images.size(0), 5, 2}, std::numeric_limits<float>::quiet_NaN(), at::kFloat);
  auto out = points.accessor<float, 3>();
  for (std::size_t i = 0; i < found.size(); ++i) {
    const DetectedFace* face = largest(found[i]);
    for (std::size_t p = 0; face && p < 5; ++p)
      for (std::size_t c = 0; c < 2; ++c) out[i][p][c] = static_cast<float>(face->points[p][c]);
  }
  return points.to(images.device());
}

at::Tensor face_embeddings(const ChosenPlugin<FaceDetector>& detector, const ChosenPlugin<FaceMatcher>& matcher,
                           const at::Tensor& images) {
  const at::NoGradGuard no_gradients;
  const at::Tensor bytes = to_bytes(images);
  const std::vector<Faces> found = detect(detector, bytes);
  const FaceMatcherInfo info = matcher.call("info", [](FaceMatcher& m) { return m.info(); });
  const at::Tensor embeddings =
      at::full({images.size(0), info.embedding_size}, std::numeric_limits<float>::quiet_NaN(), images.options());
  for (std::int64_t i = 0; i < images.size(0); ++i) {
    const DetectedFace* face = largest(found[i]);
    if (!face) continue;
    const at::Tensor chip = face_chip(to_image(bytes[i]), face->points, info).unsqueeze(0).to(images.device());
    const at::Tensor e = matcher.call("embed", [&](FaceMatcher& m) { return m.embed(chip); });
    embeddings[i] = (e / e.norm()).squeeze(0);
  }
  return embeddings;
}

}  // namespace miafr
