// Convolution on the CPU with a weight that oneDNN has reordered once. at::conv2d reorders it at every call, which on
// the small maps of a U-Net takes longer than the convolution itself.
#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/types.h>

#include <array>
#include <mutex>
#include <optional>
#include <utility>

namespace miafr {

// This is for inference: no gradients flow through it. The plain weight is let go of at the first call.
class PackedConvolution {
 public:
  enum Activation { kNone, kRelu };

  // weight [out,in,kh,kw] float32 on the CPU, bias [out].
  PackedConvolution(at::Tensor weight, at::Tensor bias, std::array<int64_t, 2> stride, std::array<int64_t, 2> padding)
      : weight_(std::move(weight)), bias_(std::move(bias)), stride_(stride), padding_(padding) {}
  PackedConvolution(at::Tensor weight, at::Tensor bias, int64_t stride, int64_t padding)
      : PackedConvolution(std::move(weight), std::move(bias), std::array<int64_t, 2>{stride, stride},
                          std::array<int64_t, 2>{padding, padding}) {}

  // Safe to call from several threads. x [N,in,h,w] float32; channels-last is fastest.
  at::Tensor forward(const at::Tensor& x, Activation activation = kNone) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!packed_) pack(x);
    }
    using Run = at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&, at::IntArrayRef,
                           at::IntArrayRef, at::IntArrayRef, int64_t, c10::string_view,
                           c10::List<std::optional<at::Scalar>>, std::optional<c10::string_view>);
    static const auto run =
        c10::Dispatcher::singleton().findSchemaOrThrow("mkldnn::_convolution_pointwise", "").typed<Run>();
    return run.call(x, weight_, bias_, padding_, stride_, kDilation, 1, activation == kRelu ? "relu" : "none",
                    c10::List<std::optional<at::Scalar>>(), "");
  }

 private:
  static constexpr int64_t kDilation[] = {1, 1};

  // Reorders the weight into the layout that is best for such an image; others work, too.
  void pack(const at::Tensor& x) {
    using Pack = at::Tensor(const at::Tensor&, at::IntArrayRef, at::IntArrayRef, at::IntArrayRef, int64_t,
                            at::OptionalIntArrayRef);
    static const auto reorder =
        c10::Dispatcher::singleton().findSchemaOrThrow("mkldnn::_reorder_convolution_weight", "").typed<Pack>();
    weight_ = reorder.call(weight_, padding_, stride_, kDilation, 1, x.sizes());
    packed_ = true;
  }

  std::mutex mutex_;
  bool packed_ = false;
  at::Tensor weight_, bias_;
  const std::array<int64_t, 2> stride_, padding_;
};

}  // namespace miafr
