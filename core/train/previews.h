// Pictures painted while a run trains: from the same prompts and seeds each time, so that they can be compared.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/plugin/face_detector.h"
#include "core/plugin/face_matcher.h"
#include "core/runtime/chosen_plugin.h"
#include "core/text/clip_tokenizer.h"
#include "core/train/named_tensors.h"
#include "core/train/train_options.h"

namespace miafr {

class Previews {
 public:
  // Prompts are the config's, with {token} and {class} filled in; without any, the subject's caption and the same with
  // " as elderly". There are at most train.max_previews pictures, as many for each prompt: the first prompts where they
  // are more than that. Only where the config wants previews.
  Previews(const TrainOptions& options, const ClipTokenizer& tokenizer, PluginRegistry& registry);

  // Paints with the checkpoint in which `changed` replaces its tensors; the grid goes to `file`, a new one. Returns the
  // pictures, [N,3,H,W] in [-1,1]. Throws Cancelled.
  at::Tensor paint(const TensorState& changed, const std::filesystem::path& file) const;

 private:
  const TrainOptions& options_;
  const ClipTokenizer& tokenizer_;
  PluginRegistry& registry_;
  std::vector<std::string> prompts_;
};

// How much of the subject's identity is in pictures: cosine between a picture's face and the mean of the photos', by
// the embedding of a matcher, averaged over the pictures; one without a face counts 0. Not an error rate: miafr
// evaluate tells those.
class IdentityJudge {
 public:
  // photos: [N,3,H,W] each of one size, in [-1,1]. Warns, and judges nothing, where the matcher's weights cannot be had
  // or no photo shows a face.
  IdentityJudge(const TrainOptions& options, PluginRegistry& registry, const std::vector<at::Tensor>& photos);
  std::optional<double> score(const at::Tensor& pictures) const;

 private:
  ChosenPlugin<FaceDetector> detector_;
  ChosenPlugin<FaceMatcher> matcher_;
  at::Tensor subject_;  // [D], of unit length
};

}  // namespace miafr
