#include "core/train/frozen_networks.h"

#include "core/models/image_format.h"
#include "core/train/faces.h"
#include "core/train/later_plugins.h"

namespace miafr {

// On the CPU a convolution keeps to the algorithm that suits the first picture it meets. Pictures of another size get
// an encoder of their own, so that their latents do not depend on which photo came first: a resumed run begins with
// another one.
at::Tensor FrozenNetworks::encode(const at::Tensor& images) {
  const at::InferenceMode no_gradients;
  if (!encoder_ || (images.is_cpu() && images.sizes() != encoder_sizes_)) encoder_ = model_.load_encoder();
  encoder_sizes_ = images.sizes().vec();
  return encoder_->forward(images.contiguous(at::MemoryFormat::ChannelsLast));
}

// With gradients, so without inference mode.
at::Tensor FrozenNetworks::decode(const at::Tensor& latents) {
  if (!decoder_) decoder_ = model_.load_decoder();
  return decoder_->forward(in_image_format(latents));
}

at::Tensor FrozenNetworks::find_face_points(const at::Tensor& images) {
  if (!detector_)
    detector_ = choose_plugin<FaceDetector>(detector_choice(options_.config.train), registry_, options_.run);
  return face_points(detector_, images);
}

}  // namespace miafr
