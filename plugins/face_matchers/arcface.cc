// ArcFace (Deng et al., arXiv 1801.07698): cosine of features trained with an additive angular margin. Any iresnet of
// insightface's arcface_torch; the depth is read off the checkpoint.
#include <torch/types.h>

#include "plugins/face_matchers/iresnet_matcher.h"

namespace {

constexpr miafr::ParamSpec kParams[] = {
    miafr::text_param("weights", "backbone.pth", "absolute path, or name of a file in a model folder"),
};

class ArcFace final : public miafr_matchers::IResNetMatcher {
 public:
  ArcFace(const miafr::Params& params, miafr::HostContext& host)
      : IResNetMatcher(host, params.text("weights"),
                       "it is published in the model zoo of github.com/deepinsight/insightface (arcface_torch), code "
                       "MIT, weights for non-commercial research only",
                       miafr::IResNetConfig::Layout::kArcFace, miafr::ChannelOrder::kRgb) {}
};

}  // namespace

MIAFR_FACE_MATCHER_PLUGIN(ArcFace, "arcface", "1.0", "ArcFace iresnet18 to 200, 512-d, cosine similarity", kParams, 0,
                          "MIT; weights for non-commercial research")
