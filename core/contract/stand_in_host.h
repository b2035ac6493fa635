// A run for checks: a host whose services all work, and what a run gives a loss. All are tiny stand-ins that are
// linear, differentiable and run in any dtype.
#pragma once

#include "core/runtime/plugin_host.h"

namespace miafr {

// An autoencoder's decoder: [N,4,h,w] -> [N,3,8h,8w].
at::Tensor stand_in_decode(const at::Tensor& latents);

// A face detector: the standard template, scaled to the image. [N,3,H,W] -> [N,5,2].
at::Tensor stand_in_face_points(const at::Tensor& images);

class StandInHost final : public PluginHost {
 public:
  StandInHost(std::string plugin, PluginRegistry& registry, std::int64_t batch_size = 2);

  // A random projection, whatever the name.
  std::shared_ptr<FaceMatcher> face_matcher(const std::string& name, MatcherUse use) override;
  // The photo, darkened by the prompt's length.
  void image_to_image(const ImageToImage& wanted, const std::function<void(std::size_t, at::Tensor)>& deliver) override;
  std::string model_file(const std::string& file_name, const std::string& origin) override;

  // Why the last model file that was asked for cannot be had; "" when none was missing.
  const std::string& missing() const { return missing_; }

 private:
  std::string missing_;
};

}  // namespace miafr
