#include "core/evaluation/vae_round_trip.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>

#include "core/base/errors.h"
#include "core/evaluation/evaluation.h"
#include "core/image/photo.h"
#include "core/image/png.h"
#include "core/image/read_image.h"
#include "core/image/resize_bicubic.h"
#include "core/io/sha256.h"
#include "core/models/finite.h"
#include "core/pipeline/decode.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

Image limited(const Image& picture) {
  const double scale = std::min({1.0, double{kRoundTripShort} / std::min(picture.width, picture.height),
                                 double{kRoundTripLong} / std::max(picture.width, picture.height)});
  const auto side = [scale](int pixels) { return std::max(1, static_cast<int>(std::lround(scale * pixels))); };
  return resize_bicubic(picture, side(picture.width), side(picture.height));
}

// The networks are loaded when the first picture needs them.
class RoundTrip {
 public:
  RoundTrip(StableDiffusion& model, const RoundTripSettings& settings)
      : model_(model), settings_(settings), factor_(model.autoencoder_config().factor()) {}

  // The file of the picture with those bytes, which messages call by the name; throws ImageError where they are no
  // picture.
  fs::path file_of(const std::string& bytes, const std::string& name) {
    const std::string hash = sha256_of_bytes(bytes.data(), bytes.size());
    const fs::path file = settings_.folder / hash.substr(0, 2) / (hash + "-" + settings_.key + ".png");
    if (is_picture(file)) return file;
    const at::Tensor pixels = run(limited(decode_image(bytes)), name);
    std::error_code error;
    fs::create_directories(file.parent_path(), error);
    if (error) throw Error(file.parent_path().string() + ": cannot be made: " + error.message());
    fs::remove(file, error);  // a damaged one
    try {
      write_png(file, pixels);
    } catch (const Error&) {
      if (!is_picture(file)) throw;  // else another process was faster
    }
    return file;
  }

 private:
  static bool is_picture(const fs::path& file) {
    std::error_code ignored;
    if (!fs::exists(file, ignored)) return false;
    try {
      read_image(file);
      return true;
    } catch (const ImageError&) {
      return false;
    }
  }

  // -> [H,W,3] uint8 of the picture's size.
  at::Tensor run(const Image& picture, const std::string& name) {
    if (!encoder_) {
      encoder_ = model_.load_encoder();
      decoder_ = model_.load_decoder();
    }
    const auto missing = [this](std::int64_t side) { return (factor_ - side % factor_) % factor_; };
    const at::Tensor pixels = to_tensor(picture).permute({2, 0, 1}).unsqueeze(0).to(settings_.device, at::kFloat);
    const at::Tensor whole =
        at::replication_pad2d(pixels / 127.5 - 1, {0, missing(picture.width), 0, missing(picture.height)});
    const at::Tensor z = sample_posterior(encoder_->forward(whole.contiguous(at::MemoryFormat::ChannelsLast)));
    const at::Tensor image = decode_latents(*decoder_, z);
    if (!all_finite(image))
      throw Error(name + ": comes out of the autoencoder of " + model_.checkpoint().path.string() +
                  " not finite (NaN or infinity), though its weights are finite numbers; take another checkpoint");
    const at::Tensor back = to_pixels(image).cpu().squeeze(0);
    return back.narrow(0, 0, picture.height).narrow(1, 0, picture.width).contiguous();
  }

  StableDiffusion& model_;
  const RoundTripSettings& settings_;
  const std::int64_t factor_;
  std::unique_ptr<AutoencoderEncoder> encoder_;
  std::unique_ptr<AutoencoderDecoder> decoder_;
};

}  // namespace

std::vector<Sample> vae_round_trip(const std::vector<Sample>& references, StableDiffusion& model,
                                   const RoundTripSettings& settings, const FaceProgress& progress) {
  const at::InferenceMode no_gradients;
  RoundTrip round_trip(model, settings);
  std::vector<Sample> samples;
  const auto total = static_cast<std::int64_t>(references.size());
  progress(0, total);
  for (const Sample& reference : references) {
    Sample sample{reference.file,    std::string(kVaeRoundTrip) + "/" + reference.name,
                  reference.subject, "",
                  kVaeRoundTrip,     reference.file};
    try {
      sample.file = round_trip.file_of(read_image_bytes(reference.file), reference.file.string());
    } catch (const ImageError&) {  // counted when faces are looked for
    }
    samples.push_back(std::move(sample));
    progress(static_cast<std::int64_t>(samples.size()), total);
  }
  return samples;
}

}  // namespace miafr
