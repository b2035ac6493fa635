// Contrastive loss: NT-Xent between predicted and true noise, per latent channel, mean over channels.
//
// A pair is one image's predicted and true noise; the other images of the batch are its negatives. At batch 1 there are
// none and the loss would be 0 whatever the network does, so a queue of earlier pairs supplies them: one queue for each
// role (photos of the subject, regularisation set) and latent shape, detached, and part of the training state.
#include <torch/types.h>

#include "core/plugin/loss.h"
#include "plugins/losses/nt_xent.h"

namespace {

constexpr miafr::ParamSpec kParams[] = {
    miafr::real_param("temperature", 0.5, "divides the cosine similarities; SimCLR's tau", 1e-3, 100),
    miafr::integer_param("queue", 0, "earlier pairs kept as negatives, in each role; needed at batch size 1", 0, 65536),
};

constexpr const char* kNoNegatives =
    "a batch of 1 with queue = 0 has no negatives and the loss is 0 by construction; set queue to 1 or more (8 is "
    "usual), or "
    "the batch size to 2 or more";

class ContrastiveLoss final : public miafr::IdentityLoss {
 public:
  ContrastiveLoss(const miafr::Params& params, miafr::HostContext& host)
      : temperature_(params.real("temperature")), queue_size_(params.integer("queue")) {
    if (host.batch_size() == 1 && queue_size_ == 0) throw std::invalid_argument(kNoNegatives);
  }

  at::Tensor forward(const miafr::LossInputs& in) override {
    if (in.noise_pred.size(0) == 1 && queue_size_ == 0) throw std::invalid_argument(kNoNegatives);
    const at::Tensor pred = in.noise_pred.flatten(2).transpose(0, 1);  // [C, N, h*w]
    const at::Tensor noise = in.noise.flatten(2).transpose(0, 1);      // [C, N, h*w]
    if (queue_size_ == 0) return miafr_losses::nt_xent(pred, noise, temperature_);

    const auto known = queues_.find(queue_name(in));
    const at::Tensor queue = known == queues_.end() ? at::Tensor() : known->second;
    const at::Tensor loss = miafr_losses::nt_xent(pred, noise, temperature_, queue);
    // A validation pass leaves the training state alone.
    if (at::GradMode::is_enabled()) remember(at::stack({pred.detach(), noise}, 2), queue, queue_name(in));
    return loss;
  }

  std::map<std::string, at::Tensor> state() const override { return queues_; }
  void load_state(const std::map<std::string, at::Tensor>& state) override { queues_ = state; }

 private:
  // Latents of another shape, as aspect buckets make them, cannot be compared: they have a queue of their own.
  static std::string queue_name(const miafr::LossInputs& in) {
    const auto shape = in.noise.sizes();
    return std::string(in.role == miafr::BatchRole::kTrain ? "train" : "regularization") + "." +
           std::to_string(shape[1]) + "x" + std::to_string(shape[2]) + "x" + std::to_string(shape[3]);
  }

  // pairs: [C, N, 2, h*w]; queue: [C, K, h*w], oldest first, or undefined. One pair that is not finite would make every
  // later loss so; the step that it came from is left out as a whole, and so is the pair.
  void remember(const at::Tensor& pairs, const at::Tensor& queue, const std::string& name) {
    const at::Tensor whole = pairs.isfinite().flatten(2).all(2).all(0).nonzero().flatten();  // [M], indices of images
    if (whole.numel() == 0) return;
    at::Tensor all = pairs.index_select(1, whole).flatten(1, 2);  // [C, 2M, h*w]
    if (queue.defined()) all = at::cat({queue, all}, 1);
    const int64_t surplus = all.size(1) - 2 * queue_size_;
    queues_[name] = surplus > 0 ? all.slice(1, surplus).contiguous() : all;
  }

  const double temperature_;
  const int64_t queue_size_;
  std::map<std::string, at::Tensor> queues_;
};

}  // namespace

MIAFR_LOSS_PLUGIN(ContrastiveLoss, "contrastive", "1.0", "NT-Xent between predicted and true noise, per latent channel",
                  kParams, miafr::kNeedsNoise, "MIT")
