// Biometric loss: the distance, in a face matcher's embedding, between the photo and what the network makes of it.
//
//   x0 = (x_t - sqrt(1 - acp) eps_pred) / sqrt(acp)  ->  decoder  ->  warp by the photo's five face points  ->  matcher
//
// Every stage is differentiable, so the gradient reaches the UNet through eps_pred. The face is found once, in the
// photo: the prediction shows the same scene, and a detector could not be differentiated. Early in the process x0 is a
// blur that no matcher can read, hence the weights by time and the limit. An image without a face is left out and
// counted.
#include <torch/types.h>

#include "core/face/aligned_faces.h"
#include "core/plugin/face_matcher.h"
#include "core/plugin/loss.h"

namespace {

constexpr miafr::ParamSpec kParams[] = {
    miafr::plugin_param(
        "matcher", "dlib_resnet",
        "whose embedding is compared, such as adaface:weights=FILE; never the one that judges the result",
        "face_matcher"),
    miafr::choice_param("distance", "cosine",
                        "cosine: 1 - cos; l1: mean absolute difference of unit embeddings; triplet: see margin",
                        "cosine|l1|triplet"),
    miafr::real_param("margin", 0.2, "triplet: max(0, d(photo) - d(photo of the other set) + margin), d = 1 - cos", 0,
                      2),
    miafr::choice_param("time_weight", "alphas_cumprod", "alphas_cumprod at t, quadratic: (1 - t/T)^2, or none",
                        "alphas_cumprod|quadratic|none"),
    miafr::real_param("max_time", 1.0, "only timesteps below this share of T count", 0, 1),
};

class BiometricLoss final : public miafr::IdentityLoss {
 public:
  BiometricLoss(const miafr::Params& params, miafr::HostContext& host)
      : matcher_(host.face_matcher(params.text("matcher"), miafr::MatcherUse::kTrainThrough)),
        distance_(params.text("distance")),
        time_weight_(params.text("time_weight")),
        margin_(params.real("margin")),
        max_time_(params.real("max_time")) {}

  at::Tensor forward(const miafr::LossInputs& in) override {
    const at::Tensor found = in.face_points.isfinite().flatten(1).all(1);  // [N]
    const at::Tensor early = in.timesteps < max_time_ * in.num_timesteps;  // [N]
    const at::Tensor rows = (found & early).nonzero().squeeze(1);          // [K]
    missing_ += found.numel() - found.sum().item<int64_t>();
    if (rows.numel() == 0) return 0 * in.noise_pred.sum();
    const at::Tensor predicted = embed(in.image_pred, in.face_points, rows);  // [K, D]
    const at::Tensor photo = fixed(in.image, in.face_points, rows);           // [K, D]
    return (time_weight(in).index_select(0, rows) * distance(in, predicted, photo)).mean();
  }

  std::map<std::string, double> statistics() const override { return {{"faces_missing", missing_}}; }

 private:
  at::Tensor embed(const at::Tensor& images, const at::Tensor& points, const at::Tensor& rows) const {
    const at::Tensor chosen = (images.index_select(0, rows) + 1) * 127.5;  // [K, 3, H, W] 0..255
    return matcher_->embed(miafr::aligned_faces(chosen, points.index_select(0, rows), matcher_->info()));  // [K, D]
  }

  at::Tensor fixed(const at::Tensor& images, const at::Tensor& points, const at::Tensor& rows) const {
    const at::NoGradGuard no_grad;
    return embed(images, points, rows);
  }

  at::Tensor distance(const miafr::LossInputs& in, const at::Tensor& predicted, const at::Tensor& photo) const {
    const auto cosine_distance = [&](const at::Tensor& other) {
      return 1 - at::cosine_similarity(predicted, other, 1);
    };
    if (distance_ == "cosine") return cosine_distance(photo);  // [K]
    if (distance_ == "l1") {
      const auto unit = [](const at::Tensor& e) { return e / e.norm(2, 1, true).clamp_min(1e-8); };
      return (unit(predicted) - unit(photo)).abs().mean(1);
    }
    // Triplet: the nearest face of the other set is the negative; where none has a face, one at distance 1, a
    // stranger's.
    const at::Tensor others = in.pair_face_points.isfinite().flatten(1).all(1).nonzero().squeeze(1);
    if (others.numel() == 0) return at::relu(cosine_distance(photo) - 1 + margin_);
    const at::Tensor negatives = fixed(in.pair_image, in.pair_face_points, others);                          // [M, D]
    const at::Tensor similarity = at::cosine_similarity(predicted.unsqueeze(1), negatives.unsqueeze(0), 2);  // [K, M]
    return at::relu(cosine_distance(photo) - (1 - similarity.amax(1)) + margin_);
  }

  at::Tensor time_weight(const miafr::LossInputs& in) const {
    if (time_weight_ == "alphas_cumprod") return in.alphas_cumprod.to(in.noise_pred.scalar_type());
    if (time_weight_ == "none") return at::ones_like(in.alphas_cumprod, in.noise_pred.scalar_type());
    return (1 - in.timesteps.to(in.noise_pred.scalar_type()) / in.num_timesteps).pow(2);
  }

  const std::shared_ptr<miafr::FaceMatcher> matcher_;
  const std::string distance_, time_weight_;
  const double margin_, max_time_;
  double missing_ = 0;
};

}  // namespace

MIAFR_LOSS_PLUGIN(BiometricLoss, "biometric", "1.0", "distance of face embeddings between photo and decoded prediction",
                  kParams,
                  miafr::kNeedsX0 | miafr::kNeedsImagePred | miafr::kNeedsImage | miafr::kNeedsFacePoints |
                      miafr::kNeedsPair,
                  "MIT")
