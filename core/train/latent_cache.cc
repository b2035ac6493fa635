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
  std::vector<at::Tensor> all(photos.size()), images;
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < photos.size(); ++i) {
    if (where_ != Where::kNone) all[i] = find(photos[i]);
    if (all[i].defined()) continue;
    missing.push_back(i);
    images.push_back(load(i));
  }
  if (missing.empty()) return at::stack(all);
  const at::Tensor encoded = encode_(at::stack(images));  // [M, 2C, h, w]
  for (std::size_t j = 0; j < missing.size(); ++j)
    if (!all_finite(encoded[static_cast<std::int64_t>(j)]))
      throw Error(photos[missing[j]].file.string() +
                  ": comes out of the checkpoint's autoencoder not finite (NaN or infinity); take another checkpoint");
  if (where_ == Where::kNone) return encoded;
  for (std::size_t j = 0; j < missing.size(); ++j) {
    const Photo& photo = photos[missing[j]];
    const at::Tensor moments = all[missing[j]] = encoded[static_cast<std::int64_t>(j)].cpu().contiguous();
    keep(photo, moments);
    if (where_ == Where::kDisk && is_writable_) write(photo, moments);
  }
  return at::stack(all);
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
