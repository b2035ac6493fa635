#include "demo/pretrain/round_trip.h"

#include <opencv2/core.hpp>

#include "core/nn/autoencoder_kl.h"
#include "core/nn/tensor_parameters.h"
#include "demo/pretrain/base_model.h"
#include "demo/pretrain/weights_file.h"

namespace miafr::demo {
namespace {

constexpr std::int64_t kPiece = 50;

std::filesystem::path file_in(const std::filesystem::path& folder) { return folder / "autoencoder.safetensors"; }

}  // namespace

bool has_autoencoder(const std::filesystem::path& folder) { return std::filesystem::exists(file_in(folder)); }

at::Tensor round_trip(const std::filesystem::path& folder, const at::Tensor& pictures) {
  const at::InferenceMode inference;
  TensorParameters weights(read_weights(file_in(folder)), file_in(folder).string());
  const Scope scope(weights, kAutoencoderPrefix);
  const AutoencoderEncoder encoder(base_autoencoder(), scope);
  const AutoencoderDecoder decoder(base_autoencoder(), scope);
  std::vector<at::Tensor> all;
  for (const at::Tensor& piece : pictures.split(kPiece)) {
    const at::Tensor mean = encoder.forward(piece / 127.5 - 1).slice(1, 0, 4);
    all.push_back(at::clamp((decoder.forward(mean) + 1) * 127.5, 0, 255));
  }
  return at::cat(all);
}

void send_round(const std::filesystem::path& folder, std::int64_t count, FacePool& pool) {
  std::vector<cv::Mat3f> images;
  for (std::int64_t i = 0; i < count; ++i) images.push_back(pool.photo(i).image);
  const at::Tensor again = round_trip(folder, to_tensor(images)).permute({0, 2, 3, 1}).contiguous();
  for (std::int64_t i = 0; i < count; ++i)
    pool.replace(i, cv::Mat3f(kPhotoSide, kPhotoSide, reinterpret_cast<cv::Vec3f*>(again[i].data_ptr<float>())));
}

}  // namespace miafr::demo
