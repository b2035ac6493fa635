// Samplers turn noise into latents with the help of a noise predictor. They know no model, no prompt and no guidance.
//
// Latents are in the variance-preserving scale of DDPM, x_t = sqrt(acp_t) x_0 + sqrt(1 - acp_t) eps, at every point of
// this interface; a sampler that works with sigma = sqrt((1 - acp)/acp) and x / sqrt(acp) converts inside.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <vector>

#include "core/plugin/host_context.h"

namespace miafr {

class NoiseSchedule;  // core/nn/noise_schedule.h

// Bits of PluginDescriptor::needs.
enum SamplerTraits : std::uint32_t {
  kCanReverse = 1,  // SamplerRequest::reversed works (inversion of a photo)
  kStochastic = 2,  // draws noise while sampling
};

// eps(x, t): predicted noise, guidance applied. x [N,C,h,w]; t in [0, T-1], fractional where the sampler needs it; the
// result is like x. Throws Cancelled when the user stops the run.
using NoisePredictor = std::function<at::Tensor(const at::Tensor& x, double t)>;

// Standard normal noise for the steps. Each image may have its own stream or the batch may share one; a sampler cannot
// tell.
class MIAFR_PUBLIC NoiseSource {
 public:
  virtual ~NoiseSource() = default;

  // Noise of like's shape, dtype and device for the step with this number (SamplerStep::index). At most one draw a
  // step.
  virtual at::Tensor draw(const at::Tensor& like, std::int64_t step) = 0;

  // Called in place of draw where the published sampler draws noise and multiplies it by zero: keeps a shared stream in
  // step.
  virtual void skip(const at::Tensor& like, std::int64_t step) = 0;
};

// State after one step.
struct SamplerStep {
  std::int64_t index;         // from 0, counting from the first step of the whole schedule
  std::int64_t total;         // steps of the whole schedule
  double timestep;            // at which the step began
  const at::Tensor& x;        // [N,C,h,w] latents after the step
  const at::Tensor& x0_pred;  // [N,C,h,w] the step's estimate of the final latents
};
using StepCallback = std::function<void(const SamplerStep&)>;

struct SamplerRequest {
  const NoisePredictor& predict_noise;
  const NoiseSchedule& schedule;
  NoiseSource& noise;
  const StepCallback& on_step;  // to be called after every step; may throw Cancelled
  at::Tensor x;             // [N,C,h,w] float32; unit Gaussian noise when start is 0, else x_t at timesteps()[start]
  std::int64_t steps = 50;  // of the whole schedule
  std::int64_t start = 0;   // first step to take, 0..steps-1: image to image begins late
  bool reversed = false;    // from x_0 up to x_T instead (needs kCanReverse); x is then x_0, and start where to stop

  // For samplers without kCanReverse.
  void require_forward() const {
    if (reversed)
      throw std::invalid_argument("it cannot run in reverse; miafr plugins describe NAME shows which sampler can");
  }
};

class MIAFR_PUBLIC Sampler {
 public:
  virtual ~Sampler() = default;

  // Where each step begins, in sampling order: never rising, equal neighbours only where close ones are rounded (Karras
  // noise levels at many steps). Throws std::invalid_argument when the schedule cannot give so many steps. Usually
  // `steps` of them; a sampler whose published form makes more of some numbers says so in its summary.
  virtual std::vector<double> timesteps(const NoiseSchedule& schedule, std::int64_t steps) const = 0;

  // The final latents [N,C,h,w], on x's device. Does not write into request.x. One object may be used again.
  virtual at::Tensor sample(const SamplerRequest& request) = 0;
};

template <>
struct PluginKind<Sampler> {
  static constexpr const char* kName = "sampler";
  static constexpr const char* kFolder = "samplers";
  static constexpr const char* kNeedsTitle = "traits";
  static constexpr NeedSpec kNeeds[] = {{kCanReverse, "can run in reverse"},
                                        {kStochastic, "draws noise while sampling"}};
  static constexpr const char* kTemplate =
      R"source(// @NAME@: deterministic DDIM (arXiv 2010.02502, eq. 12 with sigma = 0). Replace it with your own.
#include <cmath>

#include <torch/types.h>

#include "core/nn/noise_schedule.h"
#include "core/plugin/sampler.h"

namespace {

class @Class@ final : public miafr::Sampler {
 public:
  @Class@(const miafr::Params&, miafr::HostContext&) {}

  std::vector<double> timesteps(const miafr::NoiseSchedule& schedule, std::int64_t steps) const override {
    return schedule.leading_timesteps(steps);
  }

  at::Tensor sample(const miafr::SamplerRequest& request) override {
    request.require_forward();
    const std::vector<double> t = timesteps(request.schedule, request.steps);
    at::Tensor x = request.x;
    for (std::int64_t i = request.start; i < request.steps; ++i) {
      const double a = request.schedule.alpha_cumprod(t[i]);
      const double a_prev = i + 1 < request.steps ? request.schedule.alpha_cumprod(t[i + 1]) : 1.0;
      const at::Tensor eps = request.predict_noise(x, t[i]);                          // [N, C, h, w]
      const at::Tensor x0 = (x - std::sqrt(1 - a) * eps) / std::sqrt(a);
      x = std::sqrt(a_prev) * x0 + std::sqrt(1 - a_prev) * eps;
      request.on_step({i, request.steps, t[i], x, x0});
    }
    return x;
  }
};

}  // namespace

MIAFR_SAMPLER_PLUGIN(@Class@, "@NAME@", "0.1", "deterministic DDIM", miafr::kNoParams, 0, "MIT")
)source";
};

}  // namespace miafr

// (Class, name, version, summary, parameter table or miafr::kNoParams, traits [, licence])
#define MIAFR_SAMPLER_PLUGIN(Class, ...) MIAFR_PLUGIN(::miafr::Sampler, Class, __VA_ARGS__)
