// A host for checks: every service works, on tiny stand-ins that are linear, differentiable and run in any dtype.
#pragma once

#include "core/runtime/plugin_host.h"

namespace miafr {

class StandInHost final : public PluginHost {
 public:
  StandInHost(std::string plugin, PluginRegistry& registry, std::int64_t batch_size = 2);

  at::Tensor decode_latents(const at::Tensor& latents) override;  // [N,4,h,w] -> [N,3,8h,8w]
  at::Tensor face_points(const at::Tensor& images) override;      // the standard template, scaled to the image
  std::shared_ptr<FaceMatcher> face_matcher(
      const std::string& name) override;           // a random projection, whatever the name
  void image_to_image(const ImageToImage& wanted,  // the photo, darkened by the prompt's length
                      const std::function<void(std::size_t, at::Tensor)>& deliver) override;
  std::string model_file(const std::string& file_name, const std::string& origin) override;

  // Why the last model file that was asked for cannot be had; "" when none was missing.
  const std::string& missing() const { return missing_; }

 private:
  std::string missing_;
};

}  // namespace miafr
