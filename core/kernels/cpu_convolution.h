// Convolution on the CPU for inference. It goes by the algorithm that suits the first image it sees, with the weight in
// that algorithm's form alone.
#pragma once

#include <torch/types.h>

#include <memory>
#include <mutex>
#include <utility>

#include "core/kernels/packed_convolution.h"
#include "core/kernels/winograd_convolution.h"

namespace miafr {

// How often a network's weights serve: at every step of a sampler, or for one picture. What is prepared for them must
// pay in that time.
enum class Reuse { kOften, kRarely };

// No gradients flow through it. Images of other sizes are computed the same way, right if not as fast.
class CpuConvolution {
 public:
  // weight [out,in,k,k] float32 on the CPU, bias [out].
  CpuConvolution(at::Tensor weight, at::Tensor bias, int64_t stride, int64_t padding, Reuse reuse)
      : weight_(std::move(weight)), bias_(std::move(bias)), stride_(stride), padding_(padding), reuse_(reuse) {}

  // Safe to call from several threads. x [N,in,h,w] float32; channels-last is fastest.
  at::Tensor forward(const at::Tensor& x) {
    std::call_once(chosen_, [&] { choose(x); });
    return winograd_ ? winograd_->forward(x) : packed_->forward(x);
  }

 private:
  void choose(const at::Tensor& x) {
    const bool fits = weight_.size(2) == 3 && weight_.size(3) == 3 && stride_ == 1 && padding_ == 1;
    const int64_t fewest_tiles = reuse_ == Reuse::kOften ? kTilesIfOften : kTilesIfRarely;
    if (fits && WinogradConvolution::is_supported() && WinogradConvolution::pays(x, weight_.size(0), fewest_tiles))
      winograd_ = std::make_unique<WinogradConvolution>(std::move(weight_), bias_);
    else
      packed_ = std::make_unique<PackedConvolution>(std::move(weight_), bias_, stride_, padding_);
  }

  // Winograd's weights are transformed at every call, which costs less than packing them for a single picture. Against
  // packed ones a convolution of 128 tiles takes 0.45 to 0.55 of the time, one of 32 tiles 0.7 with AVX2 and as long
  // with AVX-512.
  static constexpr int64_t kTilesIfOften = 128, kTilesIfRarely = 64;

  std::once_flag chosen_;
  at::Tensor weight_, bias_;
  const int64_t stride_, padding_;
  const Reuse reuse_;
  std::unique_ptr<WinogradConvolution> winograd_;
  std::unique_ptr<PackedConvolution> packed_;
};

}  // namespace miafr
