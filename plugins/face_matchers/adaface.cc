// AdaFace (Kim, Jain and Liu, arXiv 2204.00964): cosine of features that were trained with a margin that adapts to
// image quality. Any of its published IR networks; the depth is read off the checkpoint.
#include <torch/types.h>

#include "plugins/face_matchers/iresnet_matcher.h"

namespace {

constexpr miafr::ParamSpec kParams[] = {
    miafr::text_param("weights", "adaface_ir101_webface12m.ckpt", "absolute path, or name of a file in a model folder"),
};

class AdaFace final : public miafr_matchers::IResNetMatcher {
 public:
  AdaFace(const miafr::Params& params, miafr::HostContext& host)
      : IResNetMatcher(host, params.text("weights"),
                       "it is published at github.com/mk-minchul/AdaFace, code MIT, weights for research only where "
                       "their training photos are",
                       miafr::IResNetConfig::Layout::kAdaFace, miafr::ChannelOrder::kBgr) {}
};

}  // namespace

MIAFR_FACE_MATCHER_PLUGIN(AdaFace, "adaface", "1.0", "AdaFace IR-18/50/101, 512-d, cosine similarity", kParams,
                          miafr::kNormIsQuality, "MIT; weights as their publisher allows")
