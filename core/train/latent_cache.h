// The autoencoder's posteriors of the training photos, so that a photo is encoded once and not at every step.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace miafr {

class LatentCache {
 public:
  // One photo as training shows it.
  struct Photo {
    std::filesystem::path file;
    std::int64_t width = 0, height = 0;
    bool flipped = false;
    bool center_crop = false;
  };

  enum class Where { kNone, kMemory, kDisk };

  // A disk that takes no more is warned of once; the latents are then kept in memory only.
  // encode: images [N,3,H,W] -> moments [N,2C,h,w]. folder and model (a hash of the autoencoder's file) are for kDisk.
  LatentCache(Where where, std::function<at::Tensor(const at::Tensor&)> encode, std::filesystem::path folder = {},
              std::string model = {})
      : where_(where), encode_(std::move(encode)), folder_(std::move(folder)), model_(std::move(model)) {}

  // [N,2C,h,w], on the CPU where they come from the cache. load(i): the i-th photo's pixels [3,H,W], asked for only
  // where they are needed. What is kept of a photo depends on that photo alone, not on the others in its batch.
  at::Tensor moments(const std::vector<Photo>& photos, const std::function<at::Tensor(std::size_t)>& load);

 private:
  using Key = std::pair<std::filesystem::path, bool>;

  std::filesystem::path file_of(const Photo& photo) const;
  at::Tensor find(const Photo& photo);
  at::Tensor encode_and_keep(const Photo& photo, const at::Tensor& image);
  void keep(const Photo& photo, const at::Tensor& moments);
  void write(const Photo& photo, const at::Tensor& moments);

  const Where where_;
  const std::function<at::Tensor(const at::Tensor&)> encode_;
  const std::filesystem::path folder_;
  const std::string model_;
  std::map<Key, at::Tensor> known_;
  bool is_writable_ = true;  // until the disk refuses
};

// The cache that train.cache_latents asks for: none, memory or disk, which is the user's cache folder. checkpoint: the
// autoencoder's file. Throws Error where the user has no such folder.
LatentCache make_latent_cache(const std::string& where, std::function<at::Tensor(const at::Tensor&)> encode,
                              const std::filesystem::path& checkpoint);

}  // namespace miafr
