// Every face matcher: embeddings as declared, the same alone and in a batch, differentiable unless it says otherwise; a
// face is most like itself.
#include <torch/types.h>

#include <cmath>

#include "core/contract/contract.h"
#include "core/contract/smooth_pictures.h"
#include "core/plugin/face_matcher.h"

namespace miafr {
namespace {

constexpr int64_t kFaces = 3;

}  // namespace

void check_face_matcher(std::shared_ptr<const PluginLibrary> library, const Params& params, HostContext& host,
                        Checks& checks) {
  std::shared_ptr<FaceMatcher> matcher;
  if (!checks.run("it can be made with its defaults",
                  [&] { matcher = PluginLibrary::create<FaceMatcher>(library, params, host); }))
    return;

  const FaceMatcherInfo& info = matcher->info();
  if (!check_face_input(info, checks)) return;
  if (!checks.run("its embeddings have a size", [&] { expect(info.embedding_size > 0, "it is not positive"); })) return;

  const at::Tensor faces = smooth_faces(kFaces, info);
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
  if (library->descriptor().flags & kNoGradient) return;
  checks.run("its gradient reaches the pixels", [&] {
    const at::Tensor input = faces.clone().requires_grad_(true);
    const at::Tensor value = matcher->embed(input).pow(2).sum();
    expect(value.requires_grad(),
           "the embedding is cut off from the pixels: a loss cannot train through it; declare kNoGradient where that "
           "must be so");
    value.backward();
    const double norm = input.grad().norm().item<double>();
    expect(norm > 0 && std::isfinite(norm), "gradient norm " + std::to_string(norm));
  });
}

}  // namespace miafr
