#include "core/pipeline/face_embedding_map.h"

#include <torch/types.h>

namespace miafr {

std::vector<EmbeddingPoint> principal_components(const std::vector<EvaluatedImage>& images, std::size_t matcher) {
  std::vector<at::Tensor> rows;
  std::vector<EmbeddingPoint> points;
  for (const EvaluatedImage& image : images) {
    const std::vector<float>& row = image.face.embeddings[matcher];
    if (row.empty()) continue;
    rows.push_back(at::tensor(row).to(at::kDouble));
    points.push_back({image.sample.subject, image.method(), image.sample.label, 0, 0});
  }
  if (rows.size() < 3) return {};
  at::Tensor unit = at::stack(rows);  // [N, D]
  unit = unit / unit.norm(2, 1, true).clamp_min(1e-12);
  const at::Tensor centred = unit - unit.mean(0, true);
  // Eigenvectors of the covariance, in ascending order: D x D whatever the number of images.
  const auto [values, vectors] = at::linalg_eigh(at::matmul(centred.t(), centred));
  at::Tensor axes = vectors.slice(1, -2).flip(1);  // [D, 2]
  const at::Tensor largest = axes.gather(0, axes.abs().argmax(0, true));
  axes = axes * largest.sign();
  const at::Tensor places = at::matmul(centred, axes).contiguous();  // [N, 2]
  for (std::size_t i = 0; i < points.size(); ++i) {
    points[i].x = places.data_ptr<double>()[2 * i];
    points[i].y = places.data_ptr<double>()[2 * i + 1];
  }
  return points;
}

}  // namespace miafr
