#include "core/pipeline/generate.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>

#include "core/pipeline/noise.h"
#include "core/runtime/errors.h"
#include "core/runtime/log.h"
#include "core/text/prompt.h"

namespace miafr {
namespace {

// Hidden states of each prompt, [prompts, 77, C], weights applied: the states are multiplied and their mean restored.
at::Tensor encode_prompts(const ClipTextEncoder& encoder, const ClipTokenizer& tokenizer,
                          const std::vector<std::string>& prompts, at::Device device) {
  std::vector<at::Tensor> all;
  for (const std::string& prompt : prompts) {
    const EncodedPrompt encoded = encode_prompt(tokenizer, prompt);
    if (!encoded.lost.empty())
      log_warning("the prompt is longer than 77 tokens and is cut; lost: \"" + encoded.lost + "\"");
    const std::vector<int64_t> ids(encoded.ids.begin(), encoded.ids.end());
    at::Tensor hidden = encoder.forward(at::tensor(ids).unsqueeze(0).to(device));  // [1, 77, C]
    const bool weighted =
        std::any_of(encoded.weights.begin(), encoded.weights.end(), [](float weight) { return weight != 1; });
    if (weighted) {
      const at::Tensor weights = at::tensor(encoded.weights).view({1, -1, 1}).to(hidden.options());
      const at::Tensor scaled = hidden * weights;
      hidden = scaled * (hidden.mean() / scaled.mean());
    }
    all.push_back(hidden);
  }
  return at::cat(all);
}

// What a v-network predicts, as noise: eps = sqrt(acp) v + sqrt(1 - acp) x (arXiv 2202.00512).
at::Tensor noise_of(const at::Tensor& output, const at::Tensor& x, double alpha_cumprod,
                    const std::string& prediction) {
  if (prediction == "epsilon") return output;
  return std::sqrt(alpha_cumprod) * output + std::sqrt(1 - alpha_cumprod) * x;
}

class Generation {
 public:
  Generation(StableDiffusion& model, const ModelConfig& config, const ClipTokenizer& tokenizer, Sampler& sampler,
             const std::vector<std::string>& prompts, const GenerateSettings& settings, at::Device device,
             const GenerateCallbacks& callbacks)
      : model_(model),
        config_(config),
        sampler_(sampler),
        settings_(settings),
        device_(device),
        callbacks_(callbacks),
        schedule_({config.timesteps, config.linear_start, config.linear_end}),
        prompts_(prompts.size()),
        batch_size_(settings.batch_size > 0 ? std::min(settings.batch_size, settings.n_samples) : settings.n_samples) {
    check_size();
    steps_per_batch_ = static_cast<std::int64_t>(sampler_.timesteps(schedule_, settings_.steps).size());
    const auto batches = (settings.n_samples + batch_size_ - 1) / batch_size_;
    total_steps_ = static_cast<std::int64_t>(prompts_) * settings.n_iter * batches * steps_per_batch_;
    std::vector<std::string> texts = prompts;
    texts.push_back(settings.negative_prompt);
    hidden_ = encode_prompts(*model.load_text_encoder(), tokenizer, texts, device);  // and the encoder is gone again
    unet_ = model.load_unet();
    generator_ = at::detail::createCPUGenerator(settings.seed);
  }

  void run() {
    if (settings_.fixed_code && settings_.batch_noise)
      start_code_ = BatchNoise(generator_).start(latent_shape(settings_.n_samples));
    for (std::int64_t round = 0; round < settings_.n_iter; ++round)
      for (std::size_t prompt = 0; prompt < prompts_; ++prompt)
        for (std::int64_t first = 0; first < settings_.n_samples; first += batch_size_)
          run_batch(prompt, round, first, std::min(batch_size_, settings_.n_samples - first));
  }

 private:
  void check_size() const {
    const std::int64_t factor = model_.autoencoder_config().factor();
    for (const auto& [name, size] : {std::pair("height", settings_.height), std::pair("width", settings_.width)})
      if (size < factor || size % factor != 0)
        throw Error(std::string(name) + " " + std::to_string(size) + ": must be a positive multiple of " +
                    std::to_string(factor));
    if (model_.unet_config().in_channels != latent_channels())
      throw Error(model_.checkpoint().path.string() + ": its U-Net takes " +
                  std::to_string(model_.unet_config().in_channels) +
                  " channels, as for inpainting, and not the latent's " + std::to_string(latent_channels()) +
                  "; it cannot make a picture from text alone");
  }

  std::int64_t latent_channels() const { return model_.autoencoder_config().latent_channels; }

  std::vector<std::int64_t> latent_shape(std::int64_t count) const {
    const std::int64_t factor = model_.autoencoder_config().factor();
    return {count, latent_channels(), settings_.height / factor, settings_.width / factor};
  }

  void run_batch(std::size_t prompt, std::int64_t round, std::int64_t first, std::int64_t count) {
    const auto begin = std::chrono::steady_clock::now();
    const std::int64_t index = round * settings_.n_samples + first;  // of the batch's first picture
    const std::uint64_t seed = settings_.seed + (settings_.fixed_code ? first : index);
    std::unique_ptr<RunNoise> noise;
    if (settings_.batch_noise)
      noise = std::make_unique<BatchNoise>(generator_);
    else
      noise = std::make_unique<PerImageNoise>(seed);
    const at::Tensor start =
        start_code_.defined() ? start_code_.slice(0, first, first + count) : noise->start(latent_shape(count));
    const at::Tensor latents = sample(prompt, start, *noise);
    const at::Tensor pixels = to_pixels(decoder().forward(latents / config_.scale_factor)).cpu();
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
    for (std::int64_t i = 0; i < count; ++i)
      callbacks_.on_image({prompt, index + i, settings_.batch_noise ? settings_.seed : seed + i, latents[i].cpu(),
                           pixels[i], elapsed.count() / count});
  }

  at::Tensor sample(std::size_t prompt, const at::Tensor& start, RunNoise& noise) {
    const std::int64_t count = start.size(0);
    const bool guided = settings_.scale != 1;
    const auto repeated = [&](std::size_t i) { return hidden_[i].unsqueeze(0).repeat({count, 1, 1}); };
    // Both halves of the guidance go through the network as one batch, without text first.
    const TextContext context =
        unet_->read_context(guided ? at::cat({repeated(prompts_), repeated(prompt)}) : repeated(prompt));
    const NoisePredictor predict = [&](const at::Tensor& x, double t) {
      const at::Tensor in = (guided ? at::cat({x, x}) : x).contiguous(at::MemoryFormat::ChannelsLast);
      const at::Tensor timesteps = at::full({in.size(0)}, t, in.options());
      at::Tensor out = unet_->forward(in, timesteps, context);
      if (guided) {
        const auto halves = out.chunk(2);
        out = halves[0] + settings_.scale * (halves[1] - halves[0]);
      }
      return noise_of(out, x, schedule_.alpha_cumprod(t), config_.prediction);
    };
    const StepCallback on_step = [&](const SamplerStep&) { callbacks_.on_step(++done_steps_, total_steps_); };
    return sampler_.sample({predict, schedule_, noise, on_step, start.to(device_), settings_.steps});
  }

  const AutoencoderDecoder& decoder() {
    if (!decoder_) decoder_ = model_.load_decoder();
    return *decoder_;
  }

  StableDiffusion& model_;
  const ModelConfig& config_;
  Sampler& sampler_;
  const GenerateSettings& settings_;
  const at::Device device_;
  const GenerateCallbacks& callbacks_;
  const NoiseSchedule schedule_;
  const std::size_t prompts_;
  const std::int64_t batch_size_;
  std::int64_t steps_per_batch_ = 0, total_steps_ = 0, done_steps_ = 0;
  at::Tensor hidden_;  // [prompts + 1, 77, C]; the last is the negative prompt's
  std::unique_ptr<UNetModel> unet_;
  std::unique_ptr<AutoencoderDecoder> decoder_;
  at::Generator generator_;
  at::Tensor start_code_;
};

}  // namespace

at::Tensor to_pixels(const at::Tensor& images) {
  return (255 * at::clamp((images.to(at::kFloat) + 1) / 2, 0, 1)).to(at::kByte).permute({0, 2, 3, 1});
}

void generate(StableDiffusion& model, const ModelConfig& config, const ClipTokenizer& tokenizer, Sampler& sampler,
              const std::vector<std::string>& prompts, const GenerateSettings& settings, at::Device device,
              const GenerateCallbacks& callbacks) {
  const at::InferenceMode no_gradients;
  Generation(model, config, tokenizer, sampler, prompts, settings, device, callbacks).run();
}

}  // namespace miafr
