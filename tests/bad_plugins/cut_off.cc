// A face matcher without a gradient that does not say so.
#include <torch/types.h>

#include "core/plugin/face_matcher.h"

namespace {
class CutOff final : public miafr::FaceMatcher {
 public:
  CutOff(const miafr::Params&, miafr::HostContext&) {
    info_.template_points = miafr::kArcFacePoints112;
    info_.embedding_size = 3 * 8 * 8;
  }
  const miafr::FaceMatcherInfo& info() const override { return info_; }
  at::Tensor embed(const at::Tensor& faces) override {
    return at::adaptive_avg_pool2d(faces.detach(), {8, 8}).flatten(1);
  }
  at::Tensor compare(const at::Tensor& a, const at::Tensor& b) override {
    return at::cosine_similarity(a.detach(), b.detach(), 1);
  }

 private:
  miafr::FaceMatcherInfo info_;
};
}  // namespace
MIAFR_FACE_MATCHER_PLUGIN(CutOff, "cut_off", "1.0", "for tests", miafr::kNoParams)
