// Every loss: a finite scalar whose gradient reaches the UNet and is right, and a state that survives a restart.
#include <torch/csrc/autograd/autograd.h>
#include <torch/types.h>

#include <cmath>

#include "core/contract/contract.h"
#include "core/contract/stand_in_host.h"
#include "core/plugin/loss.h"
#include "core/plugin/noise_schedule.h"

namespace miafr {
namespace {

constexpr int64_t kBatch = 2, kChannels = 4, kSize = 8;  // latents [2,4,8,8], images [2,3,64,64]
constexpr double kStep = 1e-5;                           // of finite differences, in float64
constexpr double kTolerance = 1e-5;                      // relative

// A step of training at which everything a loss may need is there; noise_pred carries the gradient.
class TrainingStep {
 public:
  explicit TrainingStep(const PluginLibrary& library) : needs_(library.descriptor().flags) {
    at::manual_seed(7);
    const auto options = at::dtype(at::kDouble);
    noise_ = at::randn({kBatch, kChannels, kSize, kSize}, options);
    x_t_ = at::randn({kBatch, kChannels, kSize, kSize}, options);
    image_ = at::rand({kBatch, 3, 8 * kSize, 8 * kSize}, options) * 2 - 1;
    pair_image_ = at::rand({kBatch, 3, 8 * kSize, 8 * kSize}, options) * 2 - 1;
    noise_pred = noise_ + 0.5 * at::randn({kBatch, kChannels, kSize, kSize}, options);
  }

  // The inputs for a prediction, with the graph from it to everything derived.
  LossInputs inputs(const at::Tensor& prediction) const {
    const NoiseSchedule schedule;
    LossInputs in;
    in.noise_pred = prediction;
    in.noise = noise_;
    in.timesteps = at::tensor({120, 480}, at::kLong);
    in.num_timesteps = schedule.num_timesteps();
    in.alphas_cumprod = at::tensor({schedule.alpha_cumprod(120), schedule.alpha_cumprod(480)}, at::kDouble);
    if (needs_ & (kNeedsX0 | kNeedsImagePred)) {
      const at::Tensor a = in.alphas_cumprod.view({kBatch, 1, 1, 1});
      in.x0_pred = (x_t_ - (1 - a).sqrt() * prediction) / a.sqrt();
    }
    if (needs_ & kNeedsImagePred) in.image_pred = stand_in_decode(in.x0_pred);
    if (needs_ & kNeedsImage) in.image = image_;
    if (needs_ & kNeedsFacePoints) in.face_points = stand_in_face_points(image_);
    if (needs_ & kNeedsPair) in.pair_image = pair_image_;
    if ((needs_ & kNeedsPair) && (needs_ & kNeedsFacePoints)) in.pair_face_points = stand_in_face_points(pair_image_);
    return in;
  }

  at::Tensor noise_pred;  // [2,4,8,8] float64

 private:
  const std::uint32_t needs_;
  at::Tensor noise_, x_t_, image_, pair_image_;
};

at::Tensor gradient_of(IdentityLoss& loss, const TrainingStep& step) {
  const at::Tensor leaf = step.noise_pred.clone().requires_grad_(true);
  const at::Tensor value = loss.forward(step.inputs(leaf));
  expect(value.requires_grad(),
         "the loss is cut off from the prediction: no gradient can reach the UNet (detached somewhere?)");
  value.backward();
  expect(leaf.grad().defined(), "no gradient reaches the prediction");
  return leaf.grad();
}

double value_at(IdentityLoss& loss, const TrainingStep& step, const at::Tensor& prediction) {
  const at::NoGradGuard no_grad;
  return loss.forward(step.inputs(prediction)).item<double>();
}

std::string number(double x) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.8g", x);
  return buffer;
}

// The derivative along random directions, against (L(x + hv) - L(x - hv)) / 2h.
void check_finite_differences(IdentityLoss& loss, const TrainingStep& step) {
  const auto state = loss.state();
  const at::Tensor gradient = gradient_of(loss, step);
  loss.load_state(state);
  for (int i = 0; i < 4; ++i) {
    const at::Tensor direction = at::randn_like(step.noise_pred);
    const double expected = (gradient * direction).sum().item<double>();
    const double measured = (value_at(loss, step, step.noise_pred + kStep * direction) -
                             value_at(loss, step, step.noise_pred - kStep * direction)) /
                            (2 * kStep);
    const double scale = std::max(std::abs(measured), (gradient.norm() * direction.norm()).item<double>() * 1e-3);
    expect(std::abs(expected - measured) <= kTolerance * scale,
           "autograd says " + number(expected) + ", finite differences " + number(measured));
  }
}

}  // namespace

void check_loss(std::shared_ptr<const PluginLibrary> library, const Params& params, HostContext& host, Checks& checks) {
  const TrainingStep step(*library);
  const auto make = [&] { return PluginLibrary::create<IdentityLoss>(library, params, host); };
  if (!checks.run("it can be made with its defaults", [&] { make(); })) return;

  checks.run("its value is a finite scalar", [&] {
    const at::Tensor value = make()->forward(step.inputs(step.noise_pred.clone().requires_grad_(true)));
    expect(value.dim() == 0, "shape " + c10::str(value.sizes()));
    expect(std::isfinite(value.item<double>()), number(value.item<double>()));
  });
  checks.run("its gradient reaches the prediction", [&] {
    const double norm = gradient_of(*make(), step).norm().item<double>();
    expect(norm > 0 && std::isfinite(norm), "gradient norm " + number(norm));
  });
  checks.run("its gradient agrees with finite differences", [&] { check_finite_differences(*make(), step); });
  checks.run("it leaves its inputs as they are", [&] {
    const LossInputs in = step.inputs(step.noise_pred.clone().requires_grad_(true));
    const at::Tensor before = in.noise_pred.detach().clone(), noise_before = in.noise.clone();
    make()->forward(in);
    expect(in.noise_pred.equal(before) && in.noise.equal(noise_before), "noise_pred or noise was written to");
  });
  checks.run("a restart from its state gives the same next value", [&] {
    const auto first = make(), second = make();
    first->forward(step.inputs(step.noise_pred.clone().requires_grad_(true)));
    second->load_state(first->state());
    const at::Tensor next = (step.noise_pred * 0.9).requires_grad_(true);
    const double a = first->forward(step.inputs(next)).item<double>(),
                 b = second->forward(step.inputs(next)).item<double>();
    expect(a == b, number(a) + " went on, " + number(b) + " restarted");
  });
  if (library->descriptor().flags & kNeedsFacePoints)
    checks.run("a face that is not found leaves it finite", [&] {
      LossInputs in = step.inputs(step.noise_pred.clone().requires_grad_(true));
      for (int found = 1; found >= 0; --found) {
        in.face_points[found].fill_(std::numeric_limits<double>::quiet_NaN());
        const at::Tensor value = make()->forward(in);
        expect(std::isfinite(value.item<double>()),
               number(value.item<double>()) + " with " + std::to_string(found) + " of 2 faces found");
      }
    });
}

}  // namespace miafr
