#include "demo/pretrain/margin_losses.h"

#include <cmath>

namespace miafr::demo {
namespace {

constexpr double kPi = 3.14159265358979323846;

at::Tensor unit(const at::Tensor& rows) { return rows / rows.norm(2, 1, true).clamp_min(1e-6); }

at::Tensor angles(const at::Tensor& features, const at::Tensor& centres) {
  constexpr double kInside = 1 - 1e-6;  // the derivative of acos is infinite at the ends
  return at::acos(at::matmul(unit(features), unit(centres).t()).clamp(-kInside, kInside));  // [N, classes]
}

at::Tensor one_hot(const at::Tensor& labels, const at::Tensor& like) {
  return at::zeros_like(like).scatter(1, labels.unsqueeze(1), 1.0);
}

}  // namespace

at::Tensor arcface_loss(const at::Tensor& features, const at::Tensor& centres, const at::Tensor& labels, double margin,
                        double scale) {
  const at::Tensor theta = angles(features, centres);
  const at::Tensor widened = (theta + margin * one_hot(labels, theta)).clamp(0, kPi);
  return at::cross_entropy_loss(scale * at::cos(widened), labels);
}

at::Tensor adaface_loss(const at::Tensor& features, const at::Tensor& centres, const at::Tensor& labels, double margin,
                        double scale) {
  constexpr double kConcentration = 0.333;
  const at::Tensor norm = features.detach().norm(2, 1, true).clamp(0.001, 100);                           // [N, 1]
  const at::Tensor quality = ((norm - norm.mean()) / (norm.std() + 1e-3) * kConcentration).clamp(-1, 1);  // [N, 1]
  const at::Tensor theta = angles(features, centres), hot = one_hot(labels, theta);
  const at::Tensor turned = (theta - margin * quality * hot).clamp(0, kPi);
  const at::Tensor logits = at::cos(turned) - (margin + margin * quality) * hot;
  return at::cross_entropy_loss(scale * logits, labels);
}

}  // namespace miafr::demo
