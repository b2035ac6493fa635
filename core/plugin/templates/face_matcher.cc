// my_plugin: compares 8x8 thumbnails. A place to put your network; as a matcher it is worth nothing.
#include "core/plugin/face_matcher.h"

#include <torch/types.h>

namespace {

class MyPlugin final : public miafr::FaceMatcher {
 public:
  MyPlugin(const miafr::Params&, miafr::HostContext&) {
    // host.model_file("weights.safetensors", "where it is published, its licence") finds your weights.
    info_.template_points = miafr::kArcFacePoints112;
    info_.embedding_size = 3 * 8 * 8;
  }

  const miafr::FaceMatcherInfo& info() const override { return info_; }

  at::Tensor embed(const at::Tensor& faces) override {
    return at::adaptive_avg_pool2d(faces, {8, 8}).flatten(1);  // [N, 192]
  }

  at::Tensor compare(const at::Tensor& a, const at::Tensor& b) override {
    return at::cosine_similarity(a, b, 1);  // [N]
  }

 private:
  miafr::FaceMatcherInfo info_;
};

}  // namespace

MIAFR_FACE_MATCHER_PLUGIN(MyPlugin, "my_plugin", "0.1", "cosine of 8x8 thumbnails", miafr::kNoParams, 0, "MIT")
