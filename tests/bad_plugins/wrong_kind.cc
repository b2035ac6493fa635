// A face matcher that lies among the losses.
#include "core/plugin/face_matcher.h"

namespace {
class Matcher final : public miafr::FaceMatcher {
 public:
  Matcher(const miafr::Params&, miafr::HostContext&) {}
  const miafr::FaceMatcherInfo& info() const override { return info_; }
  at::Tensor embed(const at::Tensor& faces) override { return faces.flatten(1); }
  at::Tensor compare(const at::Tensor& a, const at::Tensor& b) override { return a.mul(b).sum(1); }

 private:
  miafr::FaceMatcherInfo info_;
};
}  // namespace
MIAFR_FACE_MATCHER_PLUGIN(Matcher, "wrong_kind", "1.0", "for tests", miafr::kNoParams)
