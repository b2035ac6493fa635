// This is the order in which images and the kernels of convolutions lie in memory where gradients flow: a kernel in
// another order than its images is reordered at every call.
#pragma once

#include <torch/types.h>

namespace miafr {

// A CPU's backward pass is a quarter slower channels-last, for all that its forward pass is faster (pipelines without
// gradients take that there, too); a GPU's convolutions are made for channels-last.
inline at::MemoryFormat image_format(const at::Device& device) {
  return device.is_cpu() ? at::MemoryFormat::Contiguous : at::MemoryFormat::ChannelsLast;
}

// Images, kernels [out,in,h,w] and all other tensors in that order; itself where it is so already.
inline at::Tensor in_image_format(const at::Tensor& tensor) {
  return tensor.contiguous(tensor.dim() == 4 ? image_format(tensor.device()) : at::MemoryFormat::Contiguous);
}

}  // namespace miafr
