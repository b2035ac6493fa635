#include "core/evaluation/face_embedding_map.h"

#include <torch/types.h>

#include <algorithm>
#include <map>

#include "core/metrics/tsne.h"

namespace miafr {
namespace {

// The unit embeddings of the images that have one [N, D], and whose they are.
struct Embeddings {
  at::Tensor rows;
  std::vector<EmbeddingPoint> points;
};

Embeddings collect(const std::vector<EvaluatedImage>& images, std::size_t matcher) {
  Embeddings all;
  std::vector<at::Tensor> rows;
  for (const EvaluatedImage& image : images) {
    const std::vector<float>& row = image.face.embeddings[matcher];
    if (row.empty()) continue;
    rows.push_back(at::tensor(row).to(at::kDouble));
    all.points.push_back({image.sample.subject, image.method(), image.sample.label, 0, 0});
  }
  if (rows.empty()) return all;
  all.rows = at::stack(rows);
  all.rows = all.rows / all.rows.norm(2, 1, true).clamp_min(1e-12);
  return all;
}

void set_places(std::vector<EmbeddingPoint>& points, const at::Tensor& places) {  // [N, 2]
  const at::Tensor values = places.contiguous();
  for (std::size_t i = 0; i < points.size(); ++i) {
    points[i].x = values.data_ptr<double>()[2 * i];
    points[i].y = values.data_ptr<double>()[2 * i + 1];
  }
}

at::Tensor principal_components(const at::Tensor& rows) {  // [N, D] -> [N, 2]
  const at::Tensor centred = rows - rows.mean(0, true);
  // Eigenvectors of the covariance, in ascending order: D x D whatever the number of images.
  const auto [values, vectors] = at::linalg_eigh(at::matmul(centred.t(), centred));
  at::Tensor axes = vectors.slice(1, -2).flip(1);  // [D, 2]
  const at::Tensor largest = axes.gather(0, axes.abs().argmax(0, true));
  axes = axes * largest.sign();
  return at::matmul(centred, axes);
}

at::Tensor neighbours_kept(const at::Tensor& rows, const at::Tensor& start, const std::function<void()>& on_iteration) {
  const std::int64_t n = rows.size(0);
  const at::Tensor squared = (2 - 2 * at::matmul(rows, rows.t())).clamp_min(0).contiguous();  // of unit vectors
  const at::Tensor first = start.contiguous();
  const double *distances = squared.data_ptr<double>(), *places = first.data_ptr<double>();
  std::vector<std::array<double, 2>> from(n);
  for (std::int64_t i = 0; i < n; ++i) from[i] = {places[2 * i], places[2 * i + 1]};
  const TsneMap map = tsne({distances, distances + n * n}, from, {}, on_iteration);
  at::Tensor result = at::empty({n, 2}, at::kDouble);
  for (std::int64_t i = 0; i < n; ++i)
    for (int axis = 0; axis < 2; ++axis) result.data_ptr<double>()[2 * i + axis] = map.places[i][axis];
  return result;
}

}  // namespace

std::vector<std::size_t> even_sample(const std::vector<std::string>& subjects, std::size_t most) {
  std::map<std::string, std::vector<std::size_t>> places;
  for (std::size_t i = 0; i < subjects.size(); ++i) places[subjects[i]].push_back(i);
  const auto taken = [&](std::size_t each) {
    std::size_t sum = 0;
    for (const auto& [subject, of] : places) sum += std::min(each, of.size());
    return sum;
  };
  std::size_t each = 1;
  while (each < subjects.size() && taken(each + 1) <= most) ++each;
  std::vector<std::size_t> sample;
  for (const auto& [subject, of] : places) {
    const std::size_t count = std::min(each, of.size());
    for (std::size_t i = 0; i < count && sample.size() < most; ++i) sample.push_back(of[i * of.size() / count]);
  }
  std::sort(sample.begin(), sample.end());
  return sample;
}

std::vector<EmbeddingMap> embedding_maps(const std::vector<EvaluatedImage>& images, std::size_t matcher,
                                         const std::string& name, const std::function<void()>& on_iteration) {
  Embeddings all = collect(images, matcher);
  if (all.points.size() < 3) return {};
  const auto faces = static_cast<std::int64_t>(all.points.size());
  const at::Tensor components = principal_components(all.rows);
  set_places(all.points, components);
  std::vector<EmbeddingMap> maps = {{name, "PCA", all.points, faces}};
  if (all.points.size() < kLeastMapped) return maps;
  std::vector<std::string> subjects;
  for (const EmbeddingPoint& point : all.points) subjects.push_back(point.subject);
  std::vector<EmbeddingPoint> points;
  std::vector<std::int64_t> kept;
  for (const std::size_t i : even_sample(subjects, kMostMapped)) {
    points.push_back(all.points[i]);
    kept.push_back(static_cast<std::int64_t>(i));
  }
  const at::Tensor index = at::tensor(kept, at::kLong);
  set_places(points, neighbours_kept(all.rows.index_select(0, index), components.index_select(0, index), on_iteration));
  maps.push_back({name, "t-SNE", std::move(points), faces});
  return maps;
}

}  // namespace miafr
