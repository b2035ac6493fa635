#include "core/contract/stand_in_host.h"

#include <torch/types.h>

#include "core/plugin/face_matcher.h"

namespace miafr {
namespace {

// Numbers in [-1, 1] that look random and need no generator: the same on every machine and in every dtype.
at::Tensor scattered(at::IntArrayRef sizes, const at::TensorOptions& options, double phase) {
  return (at::arange(c10::multiply_integers(sizes), at::kDouble) * 12.9898 + phase)
      .sin()
      .mul(43758.5453)
      .frac()
      .reshape(sizes)
      .to(options);
}

class ProjectionMatcher final : public FaceMatcher {
 public:
  ProjectionMatcher() {
    info_.input_height = info_.input_width = 112;
    info_.template_points = kArcFacePoints112;
    info_.embedding_size = 16;
  }
  const FaceMatcherInfo& info() const override { return info_; }
  at::Tensor embed(const at::Tensor& faces) override {
    const at::Tensor pooled = at::adaptive_avg_pool2d(faces, {14, 14}).flatten(1);                       // [N, 588]
    return at::matmul(pooled, scattered({pooled.size(1), info_.embedding_size}, faces.options(), 1.0));  // [N, 16]
  }
  at::Tensor compare(const at::Tensor& a, const at::Tensor& b) override { return at::cosine_similarity(a, b, 1); }

 private:
  FaceMatcherInfo info_;
};

}  // namespace

StandInHost::StandInHost(std::string plugin, PluginRegistry& registry, std::int64_t batch_size)
    : PluginHost(std::move(plugin), {at::kCPU, batch_size, default_model_folders({})}, registry) {}

at::Tensor stand_in_decode(const at::Tensor& latents) {
  const at::Tensor colours =
      at::conv2d(latents, scattered({3, latents.size(1), 1, 1}, latents.options(), 2.0));  // [N, 3, h, w]
  return at::upsample_bilinear2d(colours, {8 * latents.size(2), 8 * latents.size(3)}, /*align_corners=*/false);
}

at::Tensor stand_in_face_points(const at::Tensor& images) {
  at::Tensor points = at::empty({5, 2}, at::kFloat);
  for (int i = 0; i < 5; ++i)
    for (int axis = 0; axis < 2; ++axis)
      points[i][axis] = kArcFacePoints112[i][axis] / 112 * images.size(axis == 0 ? 3 : 2);
  return points.expand({images.size(0), 5, 2}).clone().to(images.device());
}

void StandInHost::image_to_image(const ImageToImage& wanted,
                                 const std::function<void(std::size_t, at::Tensor)>& deliver) {
  const at::Tensor sized = at::upsample_bilinear2d(wanted.photo.unsqueeze(0), {wanted.height, wanted.width}, false)[0];
  for (std::size_t i = 0; i < wanted.prompts.size(); ++i)
    deliver(i, sized * (1 - static_cast<double>(wanted.prompts[i].size() % 7) / 10));
}

std::string StandInHost::model_file(const std::string& file_name, const std::string& origin) {
  try {
    return PluginHost::model_file(file_name, origin);
  } catch (const ServiceUnavailable& e) {
    missing_ = e.what();
    throw;
  }
}

std::shared_ptr<FaceMatcher> StandInHost::face_matcher(const std::string&, MatcherUse) {
  return std::make_shared<ProjectionMatcher>();
}

}  // namespace miafr
