// Face matchers turn an aligned face into an embedding and compare two embeddings.
//
// A matcher declares how it wants its faces (FaceInput); the host brings them into that form.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <limits>

#include "core/plugin/face_input.h"
#include "core/plugin/host_context.h"
#include "core/plugin/score_kind.h"

namespace miafr {

// Bits of PluginDescriptor::needs.
enum MatcherTraits : std::uint32_t {
  kNormIsQuality = 1,  // the longer its embedding of a face, the better the face (AdaFace, MagFace)
};

struct FaceMatcherInfo : FaceInput {
  std::int64_t embedding_size = 512;
  ScoreKind score_kind = ScoreKind::kSimilarity;
  // A usual threshold for a verdict on one pair, and where it is published; NaN where there is none. Error rates never
  // use it.
  double usual_threshold = std::numeric_limits<double>::quiet_NaN();
  const char* threshold_source = "";
};

class MIAFR_PUBLIC FaceMatcher {
 public:
  virtual ~FaceMatcher() = default;

  virtual const FaceMatcherInfo& info() const = 0;

  // [N,3,input_height,input_width] float32 as declared -> [N,embedding_size]. Keeps the autograd graph, so that a loss
  // can train through it; changes no state.
  virtual at::Tensor embed(const at::Tensor& faces) = 0;

  // Scores of N pairs: [N,D], [N,D] -> [N], of the declared kind, differentiable.
  virtual at::Tensor compare(const at::Tensor& a, const at::Tensor& b) = 0;
};

template <>
struct PluginKind<FaceMatcher> {
  static constexpr const char* kName = "face_matcher";
  static constexpr const char* kFolder = "face_matchers";
  static constexpr const char* kNeedsTitle = "traits";
  static constexpr NeedSpec kNeeds[] = {{kNormIsQuality, "the norm of its embedding says how good the face is"}};
  static constexpr const char* kTemplate =
      R"source(// @NAME@: compares 8x8 thumbnails. A place to put your network; as a matcher it is worth nothing.
#include <torch/types.h>

#include "core/plugin/face_matcher.h"

namespace {

class @Class@ final : public miafr::FaceMatcher {
 public:
  @Class@(const miafr::Params&, miafr::HostContext&) {
    // host.model_file("weights.safetensors", "where it is published, its licence") finds your weights.
    info_.template_points = miafr::kArcFacePoints112;
    info_.embedding_size = 3 * 8 * 8;
  }

  const miafr::FaceMatcherInfo& info() const override { return info_; }

  at::Tensor embed(const at::Tensor& faces) override {
    return at::adaptive_avg_pool2d(faces, {8, 8}).flatten(1);  // [N, 192]
  }

  at::Tensor compare(const at::Tensor& a, const at::Tensor& b) override {
    return at::cosine_similarity(a, b, 1);  // [N]
  }

 private:
  miafr::FaceMatcherInfo info_;
};

}  // namespace

MIAFR_FACE_MATCHER_PLUGIN(@Class@, "@NAME@", "0.1", "cosine of 8x8 thumbnails", miafr::kNoParams, 0, "MIT")
)source";
};

}  // namespace miafr

// (Class, name, version, summary, parameter table or miafr::kNoParams, traits [, licence])
#define MIAFR_FACE_MATCHER_PLUGIN(Class, ...) MIAFR_PLUGIN(::miafr::FaceMatcher, Class, __VA_ARGS__)
