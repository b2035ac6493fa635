// Measures that need no network: size and pose from the five points, exposure, contrast and sharpness of the aligned
// face. Names, native values and the way to 0..100 follow ISO/IEC 29794-5 and its reference implementation OFIQ as far
// as these define them; pose from five points and sharpness are our own, and said to be.
#include <torch/types.h>

#include <cmath>

#include "core/plugin/quality.h"

namespace {

constexpr int64_t kSize = 112;
constexpr int64_t kLevels = 256;
constexpr double kDegrees = 180 / 3.14159265358979323846;

// How far the tip of the nose stands out from the plane of the eyes, in distances between the eyes.
constexpr double kNoseDepth = 0.6;
// In a frontal face: how far the nose is on the way from eyes to mouth, and the length of that way in distances
// between the eyes (from the points of kArcFacePoints112).
constexpr double kNosePlace = 0.494, kFaceHeight = 1.155;

at::Tensor sigmoid(const at::Tensor& x, double centre, double width) { return at::sigmoid((x - centre) / width); }

// ISO/IEC 29794-5, head pose: cos^2 of the angle, nothing beyond a quarter turn.
at::Tensor pose_score(const at::Tensor& degrees) {
  return at::where(degrees.abs() < 90, 100 * (degrees / kDegrees).cos().pow(2), at::zeros_like(degrees));
}

struct Pose {
  at::Tensor inter_eye, yaw, pitch, roll;  // [N]; pixels, degrees
};

// With the face turned upright in the picture: turning it by yaw moves the nose by depth * sin(yaw) while the eyes'
// distance shrinks by cos(yaw), so their ratio is depth * tan(yaw); the same for pitch along the line to the mouth.
Pose pose_of(const at::Tensor& points) {
  const auto at_point = [&](int64_t i) { return points.select(1, i); };  // [N, 2]
  const at::Tensor eyes = at_point(1) - at_point(0), middle = (at_point(0) + at_point(1)) / 2;
  const at::Tensor distance = eyes.norm(2, 1).clamp_min(1e-6);  // [N]
  const at::Tensor right = eyes / distance.unsqueeze(1);        // [N, 2]
  const at::Tensor down = at::stack({-right.select(1, 1), right.select(1, 0)}, 1);
  const at::Tensor nose = at_point(2) - middle, mouth = (at_point(3) + at_point(4)) / 2 - middle;
  const auto along = [](const at::Tensor& a, const at::Tensor& b) { return (a * b).sum(1); };  // [N]
  const at::Tensor sideways = (along(nose, right) - kNosePlace * along(mouth, right)) / distance;
  const at::Tensor height = along(mouth, down);
  const at::Tensor place = along(nose, down) / at::where(height.abs() < 1e-6, at::full_like(height, 1e-6), height);
  Pose pose;
  pose.yaw = (sideways / kNoseDepth).atan() * kDegrees;
  pose.pitch = ((place - kNosePlace) * kFaceHeight / kNoseDepth).atan() * kDegrees;
  pose.roll = at::atan2(eyes.select(1, 1), eyes.select(1, 0)) * kDegrees;
  // A face seen from the side has its eyes close together though it is large.
  pose.inter_eye = distance / (pose.yaw / kDegrees).cos().clamp_min(0.1);
  return pose;
}

// The face without the corners of the picture: an ellipse around it that stays clear of the border, where the warp
// repeats pixels and the Laplacian has no neighbours. [H*W] of 0 and 1.
at::Tensor face_region(const at::TensorOptions& options) {
  const at::Tensor y = (at::arange(kSize, options).view({-1, 1}) - 62) / 46;
  const at::Tensor x = (at::arange(kSize, options).view({1, -1}) - 56) / 40;
  return (x * x + y * y <= 1).flatten();
}

// Luma of the face's pixels, [N, P] in 0..1 (ITU-R BT.709 on the encoded values).
at::Tensor luma_of(const at::Tensor& faces) {
  return 0.2126 * faces.select(1, 0) + 0.7152 * faces.select(1, 1) + 0.0722 * faces.select(1, 2);  // [N, H, W]
}

// Shannon entropy in bits of each row's 256 grey levels.
at::Tensor entropy(const at::Tensor& luma) {
  const at::Tensor level = (luma * (kLevels - 1)).round().clamp(0, kLevels - 1).to(at::kLong);  // [N, P]
  const at::Tensor counts =
      at::zeros({luma.size(0), kLevels}, luma.options()).scatter_add(1, level, at::ones_like(luma));  // [N, 256]
  const at::Tensor share = counts / luma.size(1);
  return -(share * share.clamp_min(1e-12).log2()).sum(1);
}

// Standard deviation of the Laplacian over that of the luma: blur takes the first and leaves the second, and contrast
// changes both alike.
at::Tensor sharpness(const at::Tensor& luma, const at::Tensor& region) {
  const at::Tensor kernel =
      at::tensor({0.f, 1.f, 0.f, 1.f, -4.f, 1.f, 0.f, 1.f, 0.f}).view({1, 1, 3, 3}).to(luma.device());
  const at::Tensor edges =
      at::conv2d(luma.unsqueeze(1), kernel, {}, 1, 1).flatten(1).index({at::indexing::Slice(), region});
  return edges.std(1) / luma.flatten(1).index({at::indexing::Slice(), region}).std(1).clamp_min(1e-3);
}

class FaceMeasures final : public miafr::Quality {
 public:
  FaceMeasures(const miafr::Params&, miafr::HostContext&) {
    input_.mean = {0, 0, 0};
    input_.scale = {255, 255, 255};
    input_.template_points = miafr::kArcFacePoints112;
  }

  const miafr::FaceInput& input() const override { return input_; }
  const std::vector<miafr::QualityInfo>& measures() const override { return measures_; }

  miafr::QualityValues assess(const miafr::QualityInput& in) override {
    const Pose pose = pose_of(in.points.to(at::kFloat));
    const at::Tensor image = luma_of(in.faces.clamp(0, 1));  // [N, H, W]
    const at::Tensor region = face_region(image.options());
    const at::Tensor luma = image.flatten(1).index({at::indexing::Slice(), region});  // [N, P]
    const at::Tensor mean = luma.mean(1), bits = entropy(luma), sharp = sharpness(image, region);
    const at::Tensor dark = (luma <= 25.5 / 255).to(at::kFloat).mean(1),
                     bright = (luma >= 246.5 / 255).to(at::kFloat).mean(1);
    const at::Tensor native =
        at::stack({pose.inter_eye, pose.yaw, pose.pitch, pose.roll, mean, dark, bright, bits, sharp}, 1);
    const at::Tensor score = at::stack(
        {100 * sigmoid(pose.inter_eye, 70, 20), pose_score(pose.yaw), pose_score(pose.pitch), pose_score(pose.roll),
         100 * sigmoid(mean, 0.2, 0.05) * (1 - sigmoid(mean, 0.8, 0.05)), 120 * (0.832 - sigmoid(dark, 0.92, 0.05)),
         (bright + 0.01).reciprocal(), 12.5 * bits, 100 * (1 - (-sharp / kSharp).exp())},
        1);
    return {native, score.nan_to_num(0).clamp(0, 100)};
  }

 private:
  static constexpr double kSharp = 0.25;

  miafr::FaceInput input_;
  const std::vector<miafr::QualityInfo> measures_{
      {"inter_eye_distance", "px", "between the eyes in the picture, made larger by 1/cos(yaw); ISO/IEC 29794-5"},
      {"yaw", "degrees", "turned to the side; from the place of the nose between the eyes, no more than a guide"},
      {"pitch", "degrees", "nodded; from the place of the nose between eyes and mouth, no more than a guide"},
      {"roll", "degrees", "tilted: angle of the line through the eyes"},
      {"luminance_mean", "", "mean luma of the face, 0 to 1; ISO/IEC 29794-5"},
      {"under_exposure", "", "share of the face with luma up to 25 of 255; ISO/IEC 29794-5"},
      {"over_exposure", "", "share of the face with luma from 247 of 255; ISO/IEC 29794-5"},
      {"dynamic_range", "bits", "entropy of the face's grey levels; ISO/IEC 29794-5"},
      {"sharpness", "", "deviation of the Laplacian over that of the luma in a face 112 pixels wide"},
  };
};

}  // namespace

MIAFR_QUALITY_PLUGIN(FaceMeasures, "face_measures", "1.0",
                     "size, pose, exposure, contrast and sharpness without a network", miafr::kNoParams, 0, "MIT")
