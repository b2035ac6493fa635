#include "core/train/latent_cache.h"

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/io/cache_folder.h"
#include "core/io/checkpoint.h"
#include "core/io/checkpoint_writer.h"
#include "core/io/sha256.h"
#include "core/models/finite.h"
#include "core/models/tensor_file.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;
constexpr const char* kMoments = "moments";

LatentCache::Where where_of(const std::string& name) {
  return name == "none"     ? LatentCache::Where::kNone
         : name == "memory" ? LatentCache::Where::kMemory
                            : LatentCache::Where::kDisk;
}

void check_latent(const LatentCache::Photo& photo, const at::Tensor& moments) {
  if (!all_finite(moments))
    throw Error(photo.file.string() +
                ": comes out of the checkpoint's autoencoder not finite (NaN or infinity); take another checkpoint");
}

}  // namespace

// By what the latents depend on: the photo's bytes, how it is prepared, and the autoencoder.
fs::path LatentCache::file_of(const Photo& photo) const {
  const std::string what = sha256_of(photo.file) + " " + model_ + " " + std::to_string(photo.width) + "x" +
                           std::to_string(photo.height) + (photo.flipped ? " flipped" : "") +
                           (photo.center_crop ? " cropped" : "");
  return folder_ / (sha256_of_bytes(what.data(), what.size()) + ".safetensors");
}

at::Tensor LatentCache::find(const Photo& photo) {
  const auto known = known_.find({photo.file, photo.flipped});
  if (known != known_.end()) return known->second;
  if (where_ != Where::kDisk) return {};
  const fs::path file = file_of(photo);
  if (!fs::exists(file)) return {};
  try {
    const at::Tensor moments = to_tensor(open_checkpoint(file).read(kMoments)).clone();
    keep(photo, moments);
    return moments;
  } catch (const Error& e) {  // a file that somebody has damaged is made again
    log_warning(std::string(e.what()) + "; it is made again");
    return {};
  }
}

void LatentCache::keep(const Photo& photo, const at::Tensor& moments) { known_[{photo.file, photo.flipped}] = moments; }

at::Tensor LatentCache::moments(const std::vector<Photo>& photos, const std::function<at::Tensor(std::size_t)>& load) {
  if (where_ == Where::kNone) {
    std::vector<at::Tensor> images;
    for (std::size_t i = 0; i < photos.size(); ++i) images.push_back(load(i));
    const at::Tensor moments = encode_(at::stack(images));  // [N, 2C, h, w]
    for (std::size_t i = 0; i < photos.size(); ++i) check_latent(photos[i], moments[static_cast<std::int64_t>(i)]);
    return moments;
  }
  std::vector<at::Tensor> all;
  for (std::size_t i = 0; i < photos.size(); ++i) {
    all.push_back(find(photos[i]));
    if (!all[i].defined()) all[i] = encode_and_keep(photos[i], load(i));
  }
  return at::stack(all);
}

// Alone: with several threads the last bits of a photo's latents depend on how many photos are encoded with it, and a
// resumed run meets its photos in other company than a run that never stopped.
at::Tensor LatentCache::encode_and_keep(const Photo& photo, const at::Tensor& image) {
  const at::Tensor moments = encode_(image.unsqueeze(0)).squeeze(0).cpu().contiguous();  // [2C, h, w]
  check_latent(photo, moments);
  keep(photo, moments);
  if (where_ == Where::kDisk && is_writable_) write(photo, moments);
  return moments;
}

// A full disk costs later runs their time, not this one its latents.
void LatentCache::write(const Photo& photo, const at::Tensor& moments) {
  try {
    write_safetensors(file_of(photo), {tensor_to_write(kMoments, moments, DType::kFloat32)});
  } catch (const Error& e) {
    is_writable_ = false;
    log_warning(std::string(e.what()) + "; training goes on with the latents in memory only");
  }
}

LatentCache make_latent_cache(const std::string& where, std::function<at::Tensor(const at::Tensor&)> encode,
                              const fs::path& checkpoint) {
  if (where_of(where) != LatentCache::Where::kDisk) return {where_of(where), std::move(encode)};
  const auto cache = cache_folder();
  if (!cache) throw Error("train.cache_latents = disk needs a cache folder: set HOME or XDG_CACHE_HOME");
  std::error_code told_when_it_is_written_to;
  fs::create_directories(*cache / "latents", told_when_it_is_written_to);
  return {LatentCache::Where::kDisk, std::move(encode), *cache / "latents", sha256_of(checkpoint)};
}

}  // namespace miafr
