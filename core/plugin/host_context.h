// What the host does for a plugin. The host owns it and it outlives every plugin object made with it.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include "core/plugin/abi.h"

namespace miafr {

class FaceMatcher;

// A service that this run cannot give, e.g. a model file that is not there. what() says which and why.
class MIAFR_PUBLIC ServiceUnavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Thrown through a plugin by the host's callbacks when the user stops the run. Let it pass.
class MIAFR_PUBLIC Cancelled : public std::runtime_error {
 public:
  Cancelled() : std::runtime_error("stopped by the user") {}
};

enum class LogLevel { kDebug, kInfo, kWarning };

// What a plugin wants of a face matcher: scores only, or that gradients flow through its embeddings as well.
enum class MatcherUse { kCompare, kTrainThrough };

class MIAFR_PUBLIC HostContext {
 public:
  virtual ~HostContext() = default;

  // One line, shown with the plugin's name in front.
  virtual void log(LogLevel level, const std::string& line) = 0;

  // Where the run's tensors live. Plugins make their own tensors there, or like the tensors they are given.
  virtual at::Device device() const = 0;

  // Images of one step of training, or 0 where the run has no fixed batch.
  virtual std::int64_t batch_size() const = 0;

  // The face matcher "NAME", or "NAME:key=value,…" with parameters that are not its defaults; shared by all who ask in
  // the same words. Throws with the matchers that exist, and for kTrainThrough where this one has no gradient.
  virtual std::shared_ptr<FaceMatcher> face_matcher(const std::string& name, MatcherUse use) = 0;

  // The path of a weights file from the folders of --models-dir and $MIAFR_MODELS. Throws ServiceUnavailable that names
  // the folders looked through and repeats `origin`, the plugin's sentence on where the file is published and its
  // licence.
  virtual std::string model_file(const std::string& file_name, const std::string& origin) = 0;

  // The tensors of a checkpoint file (safetensors, PyTorch's zip or legacy stream) by name, on the CPU, not to be
  // written to. A wrapping `state_dict` and a prefix "model." or "module." of all names are taken off. The file is
  // data: nothing in it is executed. Throws std::exception with one line that names the file and what is wrong with it.
  virtual std::map<std::string, at::Tensor> load_tensors(const std::string& path) = 0;
};

}  // namespace miafr
