// Every face detector: sane faces, the surest first, the same alone and in a batch, whatever the picture's size.
#include <torch/types.h>

#include <cmath>

#include "core/contract/contract.h"
#include "core/contract/smooth_pictures.h"
#include "core/plugin/face_detector.h"

namespace miafr {
namespace {

using Faces = std::vector<DetectedFace>;

at::Tensor pictures_of(int64_t count, int64_t height, int64_t width) {
  return smooth_pictures(count, height, width).to(at::kByte).permute({0, 2, 3, 1}).contiguous();  // [N, H, W, 3]
}

void expect_sane(const Faces& faces) {
  double before = 1;
  for (const DetectedFace& face : faces) {
    expect(face.right >= face.left && face.bottom >= face.top, "a box without pixels");
    expect(face.confidence >= 0 && face.confidence <= 1, "confidence " + std::to_string(face.confidence));
    expect(face.confidence <= before, "a surer face comes after one that is less sure");
    before = face.confidence;
    for (const auto& [x, y] : face.points) expect(std::isfinite(x) && std::isfinite(y), "a point is not finite");
  }
}

void expect_equal(const Faces& a, const Faces& b) {
  expect(a.size() == b.size(), std::to_string(a.size()) + " faces and " + std::to_string(b.size()));
  for (std::size_t i = 0; i < a.size(); ++i)
    expect(std::abs(a[i].left - b[i].left) < 0.5 && std::abs(a[i].bottom - b[i].bottom) < 0.5, "another box");
}

}  // namespace

void check_face_detector(std::shared_ptr<const PluginLibrary> library, const Params& params, HostContext& host,
                         Checks& checks) {
  std::shared_ptr<FaceDetector> detector;
  if (!checks.run("it can be made with its defaults",
                  [&] { detector = PluginLibrary::create<FaceDetector>(library, params, host); }))
    return;
  const at::Tensor pictures = pictures_of(3, 96, 128);
  std::vector<Faces> found;
  const bool detects = checks.run("it answers for each picture, the surest face first", [&] {
    found = detector->detect(pictures);
    expect(found.size() == 3, std::to_string(found.size()) + " answers for 3 pictures");
    for (const Faces& faces : found) expect_sane(faces);
  });
  if (!detects) return;
  checks.run("a picture has the same faces alone and in a batch",
             [&] { expect_equal(detector->detect(pictures.slice(0, 1, 2)).at(0), found[1]); });
  checks.run("pictures of any size are taken", [&] {
    for (const auto& [height, width] : {std::pair<int64_t, int64_t>{1, 1}, {1, 200}, {13, 11}, {97, 33}}) {
      const std::vector<Faces> faces = detector->detect(pictures_of(1, height, width));
      expect(faces.size() == 1, std::to_string(faces.size()) + " answers for 1 picture");
      expect_sane(faces[0]);
    }
  });
  checks.run("it leaves the pictures as they are",
             [&] { expect(pictures.equal(pictures_of(3, 96, 128)), "it wrote into them"); });
}

}  // namespace miafr
