// How old a drawn face looks (demo/). The six ages of that world are knots on the line of years; the network spreads a
// face's probability over them, and its age is the expected one.
#pragma once

#include <torch/types.h>

#include <array>
#include <string>

#include "core/plugin/face_input.h"
#include "demo/networks/drawn_layers.h"

namespace miafr {

class DrawnAgeNet {
 public:
  static constexpr int64_t kLabels = 6;
  // The middle of each age's years: child, teenager, youngadults, middleaged, elderly, old.
  static constexpr std::array<double, kLabels> kYears = {7, 15, 26, 46, 65, 83};

  explicit DrawnAgeNet(const Scope& scope)
      : trunk_(scope), hidden_(scope["hidden"], 2 * DrawnTrunk::kCoarse, 64), labels_(scope["labels"], 64, kLabels) {}

  // The mean face, small enough that the hair is in view: it tells more of age than the face does.
  static FaceInput input() {
    FaceInput input;
    input.input_height = input.input_width = DrawnTrunk::kInput;
    input.template_points = {{{24.2, 32.2}, {38.8, 32.2}, {31.5, 40.5}, {26.0, 45.0}, {37.0, 45.0}}};
    return input;
  }

  // Faces as input() has them, [N,3,64,64] -> [N,6] logits of the ages.
  at::Tensor forward(const at::Tensor& faces) const {
    const at::Tensor x = trunk_.forward(faces).coarse;                       // [N, 128, 4, 4]
    const at::Tensor pooled = at::cat({x.mean({2, 3}), x.amax({2, 3})}, 1);  // [N, 256]
    return labels_.forward(at::relu(hidden_.forward(pooled)));
  }

  // [N,6] logits -> [N] years. Where two neighbouring ages are equally likely, it is the year halfway between them.
  static at::Tensor expected_years(const at::Tensor& logits) {
    const at::Tensor years = at::tensor(at::ArrayRef<double>(kYears), at::kDouble).to(logits.options());
    return at::matmul(at::softmax(logits, 1), years);
  }

 private:
  DrawnTrunk trunk_;
  Linear hidden_, labels_;
};

}  // namespace miafr
