// What the host does for a plugin. The host owns it and it outlives every plugin object made with it.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/plugin/abi.h"

namespace miafr {

class AgeEstimator;
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

// What HostContext::image_to_image is to paint from a photo: the same as `miafr generate --init-img`.
struct ImageToImage {
  std::string checkpoint;                  // path of a Stable Diffusion v1: a file or a diffusers folder
  std::string config;                      // path of its config; "" for plain Stable Diffusion v1
  std::vector<std::string> loras;          // "FILE", or "FILE:X" to add it X times
  at::Tensor photo;                        // [3,H,W] float32 RGB in 0..1; squeezed to height x width
  std::int64_t height = 512, width = 512;  // of the pictures
  std::vector<std::string> prompts;        // a picture of each
  std::string negative_prompt;
  // The photo's noise is found by running the sampler in reverse under source_prompt, once for all prompts, instead of
  // being drawn.
  bool invert = false;
  std::string source_prompt;
  double strength = 1;  // share of the steps that the photo is taken through, over 0 to 1
  std::string sampler;  // "NAME" or "NAME:key=value,…"; "" for the config's
  std::int64_t steps = 50;
  double scale = 7.5;  // guidance; 1: none
  std::uint64_t seed = 0;
};

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

  // The age estimator of that name, in the same way.
  virtual std::shared_ptr<AgeEstimator> age_estimator(const std::string& name) = 0;

  // Pictures by the host's own Stable Diffusion. deliver is called with each prompt's index and picture,
  // [3,height,width] float32 RGB in 0..1, as soon as it is there. Throws ServiceUnavailable in runs that edit no
  // photos, Cancelled, and one line for inputs that it cannot work with.
  virtual void image_to_image(const ImageToImage& wanted,
                              const std::function<void(std::size_t prompt, at::Tensor picture)>& deliver) = 0;

  // How far a long call has come, for the user to see: `done` of `total`. Throws Cancelled when the user stops the run.
  virtual void progress(std::int64_t done, std::int64_t total) = 0;

  // The path of a weights file, or of a diffusers folder: found by its name in the folders of --models-dir and
  // $MIAFR_MODELS; a name with a slash may also be a path, seen from the working directory. Throws ServiceUnavailable
  // that names the folders looked through and repeats `origin`, the plugin's sentence on where the file is published
  // and its licence.
  virtual std::string model_file(const std::string& file_name, const std::string& origin) = 0;

  // The tensors of a checkpoint file (safetensors, PyTorch's zip or legacy stream) by name, on the CPU, not to be
  // written to. A wrapping `state_dict` and a prefix "model." or "module." of all names are taken off. The file is
  // data: nothing in it is executed. Throws std::exception with one line that names the file and what is wrong with it.
  virtual std::map<std::string, at::Tensor> load_tensors(const std::string& path) = 0;
};

}  // namespace miafr
