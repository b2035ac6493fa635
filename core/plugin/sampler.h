// Samplers turn noise into latents with the help of a noise predictor. They know no model, no prompt and no guidance.
//
// Latents are in the variance-preserving scale of DDPM, x_t = sqrt(acp_t) x_0 + sqrt(1 - acp_t) eps, at every point of
// this interface; a sampler that works with sigma = sqrt((1 - acp)/acp) and x / sqrt(acp) converts inside.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "core/plugin/host_context.h"
#include "core/plugin/noise_schedule.h"

namespace miafr {

// Bits of PluginDescriptor::flags.
enum SamplerProperties : std::uint32_t {
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
  bool reversed = false;    // from x_0 up to x_T instead: x is then x_0, and start where to stop. Only asked of
                            // samplers that say kCanReverse
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
  static constexpr const char* kFlagsTitle = "properties";
  static constexpr FlagSpec kFlags[] = {{kCanReverse, "can run in reverse"},
                                        {kStochastic, "draws noise while sampling"}};
};

}  // namespace miafr

// (Class, name, version, summary, parameter table or miafr::kNoParams, properties [, licence])
#define MIAFR_SAMPLER_PLUGIN(Class, ...) MIAFR_PLUGIN(::miafr::Sampler, Class, __VA_ARGS__)
