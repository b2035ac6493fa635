// How the plugins of this tree come by their weights: a file of the user's, or one that is found by the name under
// which it is published. Nothing is ever downloaded.
#pragma once

#include <torch/types.h>

#include <string>

#include "core/nn/tensor_parameters.h"
#include "core/plugin/host_context.h"

namespace miafr_plugins {

// The tensors of a file. weights: an absolute path, or a file name that the host looks up in its model folders. origin:
// where the file is published and its licence, for the message when it is not there. Throws ServiceUnavailable, or what
// the file's reader throws.
inline miafr::TensorParameters load_tensors(miafr::HostContext& host, const std::string& weights,
                                            const std::string& origin) {
  const std::string path = !weights.empty() && weights.front() == '/' ? weights : host.model_file(weights, origin);
  return {host.load_tensors(path), path, at::TensorOptions(host.device()).dtype(at::kFloat)};
}

// The network that build(TensorParameters&) makes of such a file.
template <class Build>
auto load_network(miafr::HostContext& host, const std::string& weights, const std::string& origin, const Build& build) {
  // Tensors made in inference mode could not take part in training, and a plugin serves both.
  const at::InferenceMode trainable(false);
  miafr::TensorParameters tensors = load_tensors(host, weights, origin);
  return build(tensors);
}

}  // namespace miafr_plugins
