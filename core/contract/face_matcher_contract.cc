// Every face matcher: embeddings as declared, the same alone and in a batch, differentiable; a face is most like
// itself.
#include <torch/types.h>

#include <cmath>

#include "core/contract/contract.h"
#include "core/plugin/face_matcher.h"

namespace miafr {
namespace {

constexpr int64_t kFaces = 3;

// Smooth random pictures in the matcher's own range.
at::Tensor faces_for(const FaceMatcherInfo& info) {
  const auto generator = at::detail::createCPUGenerator(5);
  const at::Tensor coarse = at::rand({kFaces, 3, 7, 7}, generator, at::kFloat) * 255;
  const at::Tensor pixels = at::upsample_bilinear2d(coarse, {info.input_height, info.input_width}, false);
  const auto per_channel = [](const std::array<double, 3>& v) {
    return at::tensor({v[0], v[1], v[2]}, at::kFloat).view({1, 3, 1, 1});
  };
  return (pixels - per_channel(info.mean)) / per_channel(info.scale);
}

}  // namespace

void check_face_matcher(std::shared_ptr<const PluginLibrary> library, const Params& params, HostContext& host,
                        Checks& checks) {
  std::shared_ptr<FaceMatcher> matcher;
  if (!checks.run("it can be made with its defaults",
                  [&] { matcher = PluginLibrary::create<FaceMatcher>(library, params, host); }))
    return;

  const FaceMatcherInfo& info = matcher->info();
  const bool sane = checks.run("it declares a usable input", [&] {
    expect(info.input_height > 0 && info.input_width > 0 && info.embedding_size > 0, "a size is not positive");
    for (double scale : info.scale) expect(scale > 0, "scale " + std::to_string(scale));
    for (const auto& [x, y] : info.template_points)
      expect(x >= 0 && y >= 0 && x < info.input_width && y < info.input_height,
             "a template point lies outside the input");
    expect(info.template_points[1][0] - info.template_points[0][0] > 1,
           "the template's right eye is not right of its left eye");
  });
  if (!sane) return;

  const at::Tensor faces = faces_for(info);
  at::Tensor embeddings;
  const bool embeds = checks.run("its embeddings are finite and of the declared size", [&] {
    const at::NoGradGuard no_grad;
    embeddings = matcher->embed(faces);
    expect(embeddings.sizes() == at::IntArrayRef({kFaces, info.embedding_size}),
           "shape " + c10::str(embeddings.sizes()));
    expect(embeddings.isfinite().all().item<bool>(), "not finite");
  });
  if (!embeds) return;

  checks.run("a face has the same embedding alone and in a batch", [&] {
    const at::NoGradGuard no_grad;
    const double error = (matcher->embed(faces.slice(0, 1, 2)) - embeddings.slice(0, 1, 2)).abs().max().item<double>();
    const double size = embeddings.abs().max().item<double>();
    expect(error <= 1e-4 * size,
           "largest difference " + std::to_string(error) + ", largest value " + std::to_string(size));
  });
  checks.run("different faces have different embeddings",
             [&] { expect(!embeddings[0].equal(embeddings[1]), "two different pictures give the same one"); });
  checks.run("a face is most like itself", [&] {
    const at::Tensor self = matcher->compare(embeddings, embeddings),
                     other = matcher->compare(embeddings, embeddings.roll(1, 0));
    expect(self.sizes() == at::IntArrayRef({kFaces}), "scores of shape " + c10::str(self.sizes()));
    const bool similarity = info.score_kind == ScoreKind::kSimilarity;
    expect((similarity ? self > other : self < other).all().item<bool>(),
           similarity ? "another face scores higher" : "another face is nearer");
  });
  checks.run("its gradient reaches the pixels", [&] {
    const at::Tensor input = faces.clone().requires_grad_(true);
    const at::Tensor value = matcher->embed(input).pow(2).sum();
    expect(value.requires_grad(), "the embedding is cut off from the pixels: a loss cannot train through it");
    value.backward();
    const double norm = input.grad().norm().item<double>();
    expect(norm > 0 && std::isfinite(norm), "gradient norm " + std::to_string(norm));
  });
}

}  // namespace miafr
