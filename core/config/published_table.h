// The published layout of a config (`target:` and `params:`, as in latent diffusion and its forks), as one table.
#pragma once

#include <string>
#include <vector>

namespace miafr {

struct PublishedKey {
  enum class Use {
    kModel,    // the model class, one of kPublishedModels
    kMapped,   // sets `ours`
    kIgnored,  // has no effect here; `reason` says why
    kRefused,  // has no counterpart here and would change the result
  };

  const char* path;  // "model.params.reg_weight"; "x.*" is everything below x
  Use use;
  const char* ours;  // kMapped: "train.reg_weight"; an entry of a list by name: "losses.contrastive.weight"
  const char*
      allowed;  // null, or the only values that are accepted: "a|b"; "eps=epsilon" is eps there and epsilon in ours
  const char* reason;
};
extern const std::vector<PublishedKey> kPublishedKeys;

// What each published model class adds to the training loss.
struct PublishedModel {
  const char* target;
  const char* loss;  // "" for none
};
extern const std::vector<PublishedModel> kPublishedModels;

// The published default of every such loss's weight.
inline constexpr const char* kPublishedLossWeight = "0.1";

// The published biometric loss is a weight alone: giving one adds the loss, with this matcher.
inline constexpr const char* kPublishedBiometricLoss = "biometric";
inline constexpr const char* kPublishedBiometricMatcher = "dlib_resnet";

// Pairs kept as negatives of the contrastive loss at batch size 1, where the published one is constant.
inline constexpr const char* kPublishedContrastiveLoss = "contrastive";
inline constexpr const char* kPublishedContrastiveQueue = "8";

}  // namespace miafr
