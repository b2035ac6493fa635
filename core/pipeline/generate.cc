#include "core/pipeline/generate.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "core/base/process_clock.h"
#include "core/kernels/fused_ops.h"
#include "core/models/finite.h"
#include "core/pipeline/decode.h"
#include "core/pipeline/generate_checks.h"
#include "core/pipeline/noise.h"
#include "core/pipeline/prompt_encoding.h"
#include "core/runtime/sampling.h"

namespace miafr {
namespace {

class Stopwatch {
 public:
  // Since the last lap.
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    return std::chrono::duration<double>(now - std::exchange(last_, now)).count();
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

// What a v-network predicts, as noise: eps = sqrt(acp) v + sqrt(1 - acp) x (arXiv 2202.00512).
at::Tensor noise_of(const at::Tensor& output, const at::Tensor& x, double alpha_cumprod,
                    const std::string& prediction) {
  if (prediction == "epsilon") return output;
  return std::sqrt(alpha_cumprod) * output + std::sqrt(1 - alpha_cumprod) * x;
}

class Generation {
 public:
  Generation(StableDiffusion& model, const ModelConfig& config, const ClipTokenizer& tokenizer,
             const ChosenPlugin<Sampler>& sampler, const std::vector<std::string>& prompts,
             const GenerateSettings& settings, at::Device device, const GenerateCallbacks& callbacks)
      : model_(model),
        config_(config),
        sampler_(sampler),
        settings_(settings),
        device_(device),
        callbacks_(callbacks),
        schedule_({config.timesteps, config.linear_start, config.linear_end}),
        prompts_(prompts.size()),
        batch_size_(settings.at_once()) {
    check_generation(model, settings, device);
    if (settings.invert) require_reverse(sampler);
    plan_steps();
    load(tokenizer, prompts);
    generator_ = at::detail::createCPUGenerator(static_cast<std::uint64_t>(settings.seed));
  }

  GenerateTimings run() {
    if (settings_.photo.defined()) encode_photo();
    if (settings_.fixed_code && settings_.batch_noise())
      start_code_ = BatchNoise(generator_).start(latent_shape(settings_.images));
    for (std::int64_t round = 0; round < settings_.rounds; ++round)
      for (std::size_t prompt = 0; prompt < prompts_; ++prompt)
        for (std::int64_t first = 0; first < settings_.images; first += batch_size_) {
          const std::int64_t count = std::min(batch_size_, settings_.images - first);
          const bool is_last =
              round + 1 == settings_.rounds && prompt + 1 == prompts_ && first + count == settings_.images;
          run_batch(prompt, round, first, count, is_last);
        }
    timings_.total = seconds_since_process_start();
    return timings_;
  }

 private:
  void plan_steps() {
    const auto all = static_cast<std::int64_t>(timesteps().size());
    if (settings_.photo.defined())
      first_step_ = all - std::clamp<std::int64_t>(std::llround(settings_.share() * all), 1, all);
    const auto batches = (settings_.images + batch_size_ - 1) / batch_size_;
    total_steps_ = static_cast<std::int64_t>(prompts_) * settings_.rounds * batches * (all - first_step_);
    if (settings_.invert) total_steps_ += all - first_step_;
  }

  std::vector<double> timesteps() const {
    return sampler_.call("timesteps",
                         [&](const Sampler& sampler) { return sampler.timesteps(schedule_, settings_.steps); });
  }

  void load(const ClipTokenizer& tokenizer, const std::vector<std::string>& prompts) {
    Stopwatch watch;
    std::vector<std::string> texts = prompts;
    texts.push_back(settings_.negative_prompt);
    texts.push_back(settings_.source_prompt);
    hidden_ = encode_prompts(*model_.load_text_encoder(), tokenizer, texts, device_);  // and the encoder is gone again
    hidden_ = hidden_.to(settings_.compute);
    timings_.text_encoder = watch.lap();
    unet_ = model_.load_unet();
    timings_.load = watch.lap();
  }

  std::int64_t latent_channels() const { return model_.autoencoder_config().latent_channels; }

  std::vector<std::int64_t> latent_shape(std::int64_t count) const {
    const std::int64_t factor = model_.autoencoder_config().factor();
    return {count, latent_channels(), settings_.height / factor, settings_.width / factor};
  }

  // The mean of the photo's posterior, or the noise that leads to it.
  void encode_photo() {
    const at::Tensor pixels = settings_.photo.permute({2, 0, 1}).unsqueeze(0).to(device_, at::kFloat);
    const at::Tensor image = (pixels / 127.5 - 1).contiguous(at::MemoryFormat::ChannelsLast);  // [1, 3, H, W]
    photo_ = config_.scale_factor * sample_posterior(model_.load_encoder()->forward(image));   // [1, 4, h, w]
    if (!settings_.invert) return;
    BatchNoise none(generator_);  // inversion draws nothing
    const TextContext context = unet_->read_context(hidden_[prompts_ + 1].unsqueeze(0));
    const NoisePredictor predict = [&](const at::Tensor& x, double t) {
      return noise_of(run_unet(x, t, context).to(x.scalar_type()), x, schedule_.alpha_cumprod(t), config_.prediction);
    };
    start_timer();
    photo_ = miafr::sample(sampler_, {predict, schedule_, none, on_step_, photo_, settings_.steps, first_step_,
                                      /*reversed=*/true});
  }

  void run_batch(std::size_t prompt, std::int64_t round, std::int64_t first, std::int64_t count, bool is_last) {
    Stopwatch whole;
    const std::int64_t index = round * settings_.images + first;  // of the batch's first picture
    const auto seed = static_cast<std::uint64_t>(settings_.seed + (settings_.fixed_code ? first : index));
    std::unique_ptr<RunNoise> noise;
    if (settings_.batch_noise())
      noise = std::make_unique<BatchNoise>(generator_);
    else
      noise = std::make_unique<PerImageNoise>(seed);
    const at::Tensor drawn =
        start_code_.defined() ? start_code_.slice(0, first, first + count) : noise->start(latent_shape(count));
    const at::Tensor latents = sample(prompt, start_latents(drawn.to(device_)), *noise);
    Stopwatch watch;
    // The decoder needs the U-Net's memory: of the last picture all, of others what lies in the checkpoint's file as
    // well.
    if (is_last) unet_.reset();
    model_.release_pages();
    if (!decoder_) decoder_ = model_.load_decoder();
    timings_.load += watch.lap();
    const at::Tensor images = decode_latents(*decoder_, latents / config_.scale_factor);
    const at::Tensor pixels = to_pixels(images).cpu();
    timings_.decodes.push_back(watch.lap());
    const double seconds = whole.lap() / count;
    for (std::int64_t i = 0; i < count; ++i)
      callbacks_.on_image({prompt, index + i,
                           settings_.batch_noise() ? static_cast<std::uint64_t>(settings_.seed) : seed + i,
                           latents[i].cpu(), pixels[i], seconds, fault_of(latents[i], images[i])});
  }

  static std::string fault_of(const at::Tensor& latent, const at::Tensor& image) {
    if (!all_finite(latent)) return "its latent is not finite";
    return all_finite(image) ? "" : "its pixels are not finite";
  }

  // Where sampling begins: noise, or the photo with as much of it as the first step expects.
  at::Tensor start_latents(const at::Tensor& drawn) const {
    if (!photo_.defined()) return drawn;
    if (settings_.invert) return photo_.expand_as(drawn).contiguous();
    const double acp = schedule_.alpha_cumprod(timesteps().at(first_step_));
    return std::sqrt(acp) * photo_ + std::sqrt(1 - acp) * drawn;
  }

  at::Tensor sample(std::size_t prompt, const at::Tensor& start, RunNoise& noise) {
    const std::int64_t count = start.size(0);
    const bool guided = settings_.scale != 1;
    const auto repeated = [&](std::size_t i) { return hidden_[i].unsqueeze(0).repeat({count, 1, 1}); };
    // Both halves of the guidance go through the network as one batch, without text first.
    const TextContext context =
        unet_->read_context(guided ? at::cat({repeated(prompts_), repeated(prompt)}) : repeated(prompt));
    const NoisePredictor predict = [&](const at::Tensor& x, double t) {
      const at::Tensor out = guided ? guidance(run_unet(at::cat({x, x}), t, context), settings_.scale, x.scalar_type())
                                    : run_unet(x, t, context).to(x.scalar_type());
      return noise_of(out, x, schedule_.alpha_cumprod(t), config_.prediction);
    };
    start_timer();
    return miafr::sample(sampler_, {predict, schedule_, noise, on_step_, start, settings_.steps, first_step_});
  }

  at::Tensor run_unet(const at::Tensor& x, double t, const TextContext& context) const {  // -> in settings_.compute
    const at::Tensor in = x.to(settings_.compute).contiguous(at::MemoryFormat::ChannelsLast);
    const at::Tensor timesteps = at::full({in.size(0)}, t, x.options());
    return unet_->forward(in, timesteps, context);
  }

  void start_timer() {
    if (timings_.start_to_first_step == 0) timings_.start_to_first_step = seconds_since_process_start();
    step_watch_.lap();
  }

  StableDiffusion& model_;
  const ModelConfig& config_;
  const ChosenPlugin<Sampler>& sampler_;
  const GenerateSettings& settings_;
  const at::Device device_;
  const GenerateCallbacks& callbacks_;
  const NoiseSchedule schedule_;
  const std::size_t prompts_;
  const std::int64_t batch_size_;
  std::int64_t first_step_ = 0, total_steps_ = 0, done_steps_ = 0;
  at::Tensor hidden_;  // [prompts + 2, 77, C]; the last are the negative and the source prompt's
  at::Tensor photo_;   // [1, C, h, w] what sampling begins with in place of noise
  std::unique_ptr<UNetModel> unet_;
  std::unique_ptr<AutoencoderDecoder> decoder_;
  at::Generator generator_;
  at::Tensor start_code_;
  GenerateTimings timings_;
  Stopwatch step_watch_;
  const StepCallback on_step_ = [this](const SamplerStep&) {
    timings_.steps.push_back(step_watch_.lap());
    callbacks_.on_step(++done_steps_, total_steps_);
  };
};

}  // namespace

GenerateTimings generate(StableDiffusion& model, const ModelConfig& config, const ClipTokenizer& tokenizer,
                         const ChosenPlugin<Sampler>& sampler, const std::vector<std::string>& prompts,
                         const GenerateSettings& settings, at::Device device, const GenerateCallbacks& callbacks) {
  const at::NoGradGuard no_gradients;
  std::optional<at::InferenceMode> prepacking;
  if (settings.prepack) prepacking.emplace();
  return Generation(model, config, tokenizer, sampler, prompts, settings, device, callbacks).run();
}

}  // namespace miafr
