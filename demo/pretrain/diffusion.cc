// The base model learns to remove noise from latents of the drawn people (Ho et al., arXiv 2006.11239, algorithm 1),
// with the text encoder learning beside the U-Net: there is no CLIP of this world. It predicts v (Salimans & Ho, arXiv
// 2202.00512), which weighs a picture's error by snr + 1: where only noise is left, too, the words have to tell who is
// to be painted. The error of the noise hardly counts there, and who gets a new name would not be learned.
#include <torch/types.h>
#include <unistd.h>

#include <cmath>
#include <iostream>
#include <map>
#include <set>

#include "core/base/interrupt.h"
#include "core/base/progress.h"
#include "core/experiment/tokens.h"
#include "core/io/sha256.h"
#include "core/nn/tensor_parameters.h"
#include "core/plugin/noise_schedule.h"
#include "core/text/prompt.h"
#include "demo/pretrain/base_model.h"
#include "demo/pretrain/captions.h"
#include "demo/pretrain/stages.h"
#include "demo/pretrain/weights_file.h"
#include "demo/pretrain/world.h"
#include "demo/render/random.h"

namespace miafr::demo {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kSteps = 10000, kBatch = 16;
// Some people's names the model learns, from photos at many ages, so that a name means who somebody is and not how old,
// and another name can be learned like it. The other photos are of a person each.
constexpr std::int64_t kKnownPeople = 600, kPhotosOfEach = 20, kKnownPhotos = kKnownPeople * kPhotosOfEach;
constexpr std::int64_t kPhotos = 2 * kKnownPhotos;
constexpr double kKnownShare = 0.75;  // of a batch
constexpr std::uint64_t kFirstKnown = kBasePeople + 500'000;

PhotoPlan photo(std::int64_t index) {
  const auto i = static_cast<std::uint64_t>(index);
  if (index >= kKnownPhotos) return photo_plan(kBasePeople + i, 0);
  return photo_plan(kFirstKnown + i % kKnownPeople, i / kKnownPeople);
}

// [kBatch] indices.
at::Tensor choose_photos(at::Generator& generator) {
  const at::Tensor known = at::randint(kKnownPhotos, {kBatch}, generator, at::kLong);
  const at::Tensor others = at::randint(kKnownPhotos, kPhotos, {kBatch}, generator, at::kLong);
  return at::where(at::rand({kBatch}, generator, at::kFloat) < kKnownShare, known, others);
}

// [kPhotos, 8, 16, 16]: the moments of all photos; kept beside the weights, as they take minutes.
at::Tensor moments_of_photos(const StageOptions& options) {
  const fs::path file = options.folder / "autoencoder.safetensors";
  // Of another autoencoder, or of other photos, they would be wrong.
  const std::string made_of =
      sha256_of(file) + " " + std::to_string(kKnownPeople) + " " + std::to_string(kPhotosOfEach);
  const std::string hash = sha256_of_bytes(made_of.data(), made_of.size());
  const fs::path kept = options.folder / ("latents-" + hash.substr(0, 8) + ".safetensors");
  if (fs::exists(kept)) return read_weights(kept).at("moments");
  const at::InferenceMode inference;
  TensorParameters weights(read_weights(file), file.string());
  const AutoencoderEncoder encoder(base_autoencoder(), Scope(weights, kAutoencoderPrefix));
  Progress progress("drawing and encoding", "photo", kPhotos, std::cerr, ::isatty(STDERR_FILENO) != 0);
  std::vector<at::Tensor> all;
  constexpr std::int64_t kPiece = 200;
  for (std::int64_t begin = 0; begin < kPhotos; begin += kPiece) {
    throw_if_interrupted();
    std::vector<PhotoPlan> plans;
    for (std::int64_t i = begin; i < begin + kPiece; ++i) plans.push_back(photo(i));
    all.push_back(encoder.forward(to_unit_range(render_photos(plans))));
    progress.update(begin + kPiece);
  }
  write_weights(kept, {{"moments", at::cat(all)}});
  return read_weights(kept).at("moments");
}

// What brings the latents to unit variance.
double scale_factor_of(const at::Tensor& moments) {
  const at::Tensor mean = moments.slice(1, 0, 4), log_variance = moments.slice(1, 4);
  return 1 / std::sqrt(mean.var().item<double>() + log_variance.exp().mean().item<double>());
}

// Tokens for people to be called by, any but those that subjects are given (core/experiment/tokens.h).
std::vector<std::int64_t> draw_names(const ClipTokenizer& tokenizer) {
  std::set<std::int64_t> taken;
  for (const std::string& token : rare_tokens()) taken.insert(encode_prompt(tokenizer, token).ids.at(1));
  std::vector<std::int64_t> names;
  for (Random random(kFirstKnown); names.size() < static_cast<std::size_t>(kKnownPeople);) {
    const auto id = static_cast<std::int64_t>(random.below(ClipTokenizer::kStart));
    if (taken.insert(id).second) names.push_back(id);
  }
  return names;
}

// Captions to ids, each caption tokenised once.
class CaptionIds {
 public:
  explicit CaptionIds(const std::filesystem::path& vocabulary)
      : tokenizer_(vocabulary),
        placeholder_(encode_prompt(tokenizer_, kName).ids.at(1)),
        names_(draw_names(tokenizer_)) {}

  // [77] int64, of a caption of that photo.
  at::Tensor ids(std::int64_t index, std::uint64_t draw) {
    const bool is_known = index < kKnownPhotos;
    const std::string caption = caption_of(photo(index), draw, is_known);
    auto found = known_.find(caption);
    if (found == known_.end()) {
      const std::vector<int> ids = encode_prompt(tokenizer_, caption).ids;
      found = known_.emplace(caption, at::tensor(at::ArrayRef<int>(ids), at::kLong)).first;
    }
    if (!is_known) return found->second;
    return at::where(found->second == placeholder_, names_[static_cast<std::size_t>(index % kKnownPeople)],
                     found->second);
  }

 private:
  const ClipTokenizer tokenizer_;
  const std::int64_t placeholder_;
  const std::vector<std::int64_t> names_;  // of the known people
  std::map<std::string, at::Tensor> known_;
};

}  // namespace

void train_diffusion(const StageOptions& options) {
  TrainingPlan plan = stage_plan(options, "diffusion", kSteps, 5e-4);
  plan.warmup = 300;
  plan.ema = 0.998;
  TrainingRun run(plan);
  const ClipTextEncoder text(base_text_encoder(), Scope(run.trained(), kTextPrefix));
  const UNetModel unet(base_unet(), Scope(run.trained(), kUNetPrefix));
  const at::Tensor pool = moments_of_photos(options);
  const double scale = run.buffer("scale_factor", at::scalar_tensor(scale_factor_of(pool))).item<double>();
  CaptionIds captions(options.vocabulary);
  const NoiseSchedule schedule(base_schedule());
  const at::Tensor alphas_cumprod = at::tensor(at::ArrayRef<double>(schedule.alphas_cumprod())).to(at::kFloat);

  run.train([&](std::int64_t, at::Generator& generator) {
    const at::Tensor chosen = choose_photos(generator);
    const at::Tensor draws = at::randint(std::int64_t{1} << 52, {kBatch}, generator, at::kLong);
    std::vector<at::Tensor> ids;
    for (std::int64_t i = 0; i < kBatch; ++i)
      ids.push_back(
          captions.ids(chosen[i].item<std::int64_t>(), static_cast<std::uint64_t>(draws[i].item<std::int64_t>())));
    const at::Tensor moments = pool.index_select(0, chosen);
    const auto normal = [&] { return at::randn({kBatch, 4, 16, 16}, generator, at::kFloat); };
    const at::Tensor x_0 = scale * sample_posterior(moments, normal()), noise = normal();
    const at::Tensor t = at::randint(schedule.num_timesteps(), {kBatch}, generator, at::kLong);
    const at::Tensor kept = alphas_cumprod.index_select(0, t).view({-1, 1, 1, 1});
    const at::Tensor x_t = kept.sqrt() * x_0 + (1 - kept).sqrt() * noise;
    const at::Tensor v = kept.sqrt() * noise - (1 - kept).sqrt() * x_0;
    return at::mse_loss(unet.forward(x_t, t, unet.read_context(text.forward(at::stack(ids)))), v);
  });
}

}  // namespace miafr::demo
