// Finds the one face of a drawn picture (demo/), and tells a face from what is none: a collapsed one, for instance.
#pragma once

#include <torch/types.h>

#include <algorithm>

#include "core/plugin/face_input.h"
#include "demo/networks/drawn_layers.h"

namespace miafr {

class DrawnFacesNet {
 public:
  static constexpr int64_t kInput = DrawnTrunk::kInput;

  explicit DrawnFacesNet(const Scope& scope)
      : trunk_(scope["trunk"]),
        from_fine_(scope["from_fine"], DrawnTrunk::kFine, kMixed, 1),
        from_middle_(scope["from_middle"], DrawnTrunk::kMiddle, kMixed, 1),
        from_coarse_(scope["from_coarse"], DrawnTrunk::kCoarse, kMixed, 1),
        mixed_(scope["mixed"], kMixed, kMixed, 3, 1),
        maps_(scope["maps"], kMixed, 5, 3),
        narrow_(scope["narrow"], DrawnTrunk::kMiddle, 24, 1, 1),
        hidden_(scope["hidden"], 24 * 8 * 8 + 2 * DrawnTrunk::kCoarse, 96),
        presence_(scope["presence"], 96, 1),
        box_(scope["box"], 96, 4) {}

  struct Output {
    at::Tensor presence;  // [N] logits of there being a face
    at::Tensor points;    // [N,5,2] x and y of FaceInput's points, pixels of the input
    at::Tensor box;       // [N,4] left, top, right, bottom, pixels of the input
  };
  // [N,3,64,64] RGB in -1..1.
  Output forward(const at::Tensor& pictures) const {
    const DrawnTrunk::Features seen = trunk_.forward(pictures);
    const at::Tensor flat =
        at::cat({narrow_.forward(seen.middle).flatten(1), seen.coarse.mean({2, 3}), seen.coarse.amax({2, 3})}, 1);
    const at::Tensor x = at::relu(hidden_.forward(flat));  // [N, 96]
    const at::Tensor middle = (kInput - 1) / 2.0 + kInput / 4.0 * box_.forward(x);
    return {presence_.forward(x).squeeze(1), points_in(seen), middle};
  }

  // Pictures [N,3,H,W] in 0..255 -> [N,3,64,64] in -1..1: made square by repeating the border at both ends of the
  // shorter side, then resized.
  static at::Tensor to_input(const at::Tensor& pictures) {
    const Frame frame = frame_of(pictures.size(2), pictures.size(3));
    at::Tensor square = pictures;
    if (pictures.size(2) != pictures.size(3))
      square = at::replication_pad2d(pictures, {frame.left, frame.side - pictures.size(3) - frame.left, frame.top,
                                                frame.side - pictures.size(2) - frame.top});
    if (frame.side != kInput) square = at::_upsample_bilinear2d_aa(square, {kInput, kInput}, /*align_corners=*/false);
    return square / 127.5 - 1;
  }

  // x and y of the input -> of the picture; [...,2].
  static at::Tensor to_picture(const at::Tensor& xy, int64_t height, int64_t width) {
    const Frame frame = frame_of(height, width);
    const double scale = double(frame.side) / double(kInput);
    return (xy + 0.5) * scale - 0.5 - at::tensor({double(frame.left), double(frame.top)}, at::kDouble).to(xy.options());
  }

 private:
  static constexpr int64_t kMixed = 32;

  struct Frame {
    int64_t side, left, top;  // of the square, and what is added before the picture
  };
  static Frame frame_of(int64_t height, int64_t width) {
    const int64_t side = std::max(height, width);
    return {side, (side - width) / 2, (side - height) / 2};
  }

  // A map for each point, made a probability over its places; the point is the expected place.
  at::Tensor points_in(const DrawnTrunk::Features& seen) const {
    const int64_t side = seen.fine.size(2);  // 16
    const auto enlarged = [&](const at::Tensor& x) { return at::upsample_bilinear2d(x, {side, side}, false); };
    const at::Tensor sum = from_fine_.forward(seen.fine) + enlarged(from_middle_.forward(seen.middle)) +
                           enlarged(from_coarse_.forward(seen.coarse));
    const at::Tensor maps = maps_.forward(mixed_.forward(at::relu(sum)));  // [N, 5, 16, 16]
    const at::Tensor likely = at::softmax(maps.flatten(2), 2).unflatten(2, {side, side});
    const double step = double(kInput) / double(side);
    const at::Tensor place = (at::arange(side, maps.options()) + 0.5) * step - 0.5;  // [16]
    return at::stack({at::matmul(likely.sum(2), place), at::matmul(likely.sum(3), place)}, 2);
  }

  DrawnTrunk trunk_;
  Conv2d from_fine_, from_middle_, from_coarse_;
  DrawnBlock mixed_;
  Conv2d maps_;
  DrawnBlock narrow_;
  Linear hidden_, presence_, box_;
};

}  // namespace miafr
