// What ArcFace and AdaFace have in common: aligned faces (112 pixels in published networks) in [-1, 1], an IResNet,
// cosine.
#pragma once

#include <torch/types.h>

#include <stdexcept>
#include <string>

#include "core/face/iresnet.h"
#include "core/plugin/face_matcher.h"
#include "plugins/weights.h"

namespace miafr_matchers {

class IResNetMatcher : public miafr::FaceMatcher {
 public:
  IResNetMatcher(miafr::HostContext& host, const std::string& weights, const std::string& origin,
                 miafr::IResNetConfig::Layout layout, miafr::ChannelOrder order)
      : net_(miafr_plugins::load_network(host, weights, origin, [&](miafr::TensorParameters& tensors) {
          const auto config = miafr::IResNetConfig::from_checkpoint(tensors.shape_lookup());
          if (!config || config->layout != layout)
            throw std::runtime_error(tensors.file() + ": holds no network of this matcher; " + origin);
          info_.embedding_size = config->embedding_size;
          info_.input_height = info_.input_width = config->input;
          return miafr::IResNet(*config, miafr::Scope(tensors, ""));
        })) {
    info_.channel_order = order;
    info_.template_points = miafr::iresnet_points(info_.input_width);
  }

  const miafr::FaceMatcherInfo& info() const override { return info_; }

  // Not of unit length: AdaFace's says how good the face is, and the cosine does not care.
  at::Tensor embed(const at::Tensor& faces) override { return net_.forward(faces); }  // [N, 512]

  at::Tensor compare(const at::Tensor& a, const at::Tensor& b) override { return at::cosine_similarity(a, b, 1); }

 private:
  miafr::FaceMatcherInfo info_;
  const miafr::IResNet net_;
};

}  // namespace miafr_matchers
