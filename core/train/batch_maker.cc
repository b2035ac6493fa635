#include "core/train/batch_maker.h"

#include <algorithm>

#include "core/nn/autoencoder_kl.h"
#include "core/text/prompt.h"

namespace miafr {
namespace {

at::Tensor token_ids(const ClipTokenizer& tokenizer, const std::vector<std::string>& captions) {
  std::vector<at::Tensor> rows;
  for (const std::string& caption : captions) {
    const auto ids = encode_prompt(tokenizer, caption).ids;
    rows.push_back(at::tensor(std::vector<std::int64_t>(ids.begin(), ids.end()), at::kLong));
  }
  return at::stack(rows);  // [N, 77]
}

}  // namespace

BatchMaker::BatchMaker(const TrainingSets& sets, const DataConfig& data, const Settings& settings, LatentCache& latents,
                       const ClipTokenizer& tokenizer, const ClipTextEncoder* frozen_text,
                       std::function<at::Tensor(const at::Tensor&)> face_points)
    : sets_(sets),
      data_(data),
      settings_(settings),
      latents_(latents),
      tokenizer_(tokenizer),
      frozen_text_(frozen_text),
      face_points_(std::move(face_points)),
      draws_(sets, data.batch_size * settings.ranks, data.flip_probability, settings.seed),
      noise_(settings.seed) {}

std::vector<TrainingBatch> BatchMaker::make(std::int64_t draw) {
  const StepDraw drawn = draws_.at(draw);
  std::vector<TrainingBatch> batches = {make_batch(BatchRole::kTrain, sets_.train, drawn.train, draw)};
  if (!drawn.reg.empty()) batches.push_back(make_batch(BatchRole::kRegularization, sets_.reg, drawn.reg, draw));
  return batches;
}

TrainingBatch BatchMaker::make_batch(BatchRole role, const std::vector<TrainingImage>& images,
                                     const std::vector<Drawn>& all, std::int64_t draw) {
  const std::int64_t first = settings_.rank * data_.batch_size;
  const std::vector<Drawn> drawn(all.begin() + first, all.begin() + first + data_.batch_size);
  std::vector<at::Tensor> loaded(drawn.size());
  const auto pixels = [&](std::size_t i) {  // read when they are first asked for
    if (!loaded[i].defined())
      loaded[i] = load_training_image(images[drawn[i].image], data_, drawn[i].flipped).to(settings_.device);
    return loaded[i];
  };
  std::vector<LatentCache::Photo> photos;
  std::vector<std::string> captions;
  for (const Drawn& d : drawn) {
    const TrainingImage& image = images[d.image];
    photos.push_back({image.file, image.width, image.height, d.flipped, data_.center_crop});
    captions.push_back(image.caption);
  }
  TrainingBatch batch;
  batch.role = role;
  const at::Tensor moments = latents_.moments(photos, pixels).to(settings_.device);  // [N, 2C, h, w]
  const std::vector<std::int64_t> shape = {moments.size(1) / 2, moments.size(2), moments.size(3)};
  const ImageRange range{draw, role == BatchRole::kTrain ? 0 : 1, first, data_.batch_size};
  batch.latents =
      settings_.scale_factor * sample_posterior(moments, noise_.posterior(range, shape).to(settings_.device));
  batch.noise = noise_.noise(range, shape).to(settings_.device);
  batch.timesteps = noise_.timesteps(range, settings_.num_timesteps).to(settings_.device);
  if (frozen_text_)
    batch.hidden = encoded(captions);
  else
    batch.ids = token_ids(tokenizer_, captions).to(settings_.device);
  if (settings_.needs & (kNeedsImage | kNeedsFacePoints | kNeedsPair)) {
    for (std::size_t i = 0; i < drawn.size(); ++i) pixels(i);
    batch.image = at::stack(loaded);  // [N, 3, H, W]
  }
  if (settings_.needs & kNeedsFacePoints) batch.face_points = face_points_of(images, drawn, batch.image);
  return batch;
}

// A photo's face is where it is: looked for when the photo is first shown.
at::Tensor BatchMaker::face_points_of(const std::vector<TrainingImage>& images, const std::vector<Drawn>& drawn,
                                      const at::Tensor& pixels) {
  std::vector<at::Tensor> all;
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    at::Tensor& known = known_points_[{images[drawn[i].image].file.string(), drawn[i].flipped}];
    if (!known.defined()) known = face_points_(pixels.slice(0, i, i + 1)).squeeze(0).to(settings_.device);  // [5, 2]
    all.push_back(known);
  }
  return at::stack(all);
}

at::Tensor BatchMaker::encoded(const std::vector<std::string>& captions) {
  const at::NoGradGuard no_gradients;
  std::vector<at::Tensor> all;
  for (const std::string& caption : captions) {
    at::Tensor& known = hidden_[caption];
    if (!known.defined())
      known = frozen_text_->forward(token_ids(tokenizer_, {caption}).to(settings_.device)).squeeze(0);
    all.push_back(known);
  }
  return at::stack(all);  // [N, 77, D]
}

}  // namespace miafr
