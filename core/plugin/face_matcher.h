// Face matchers turn an aligned face into an embedding and compare two embeddings.
//
// A matcher declares how it wants its faces; the host detects, aligns and converts, so that every matcher gets exactly
// what it was trained on and no matcher repeats that code.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>

#include "core/plugin/host_context.h"

namespace miafr {

enum class ChannelOrder { kRgb, kBgr };

// Similarity: higher is more alike, a pair is accepted at score >= threshold. Distance: the reverse.
enum class ScoreKind { kSimilarity, kDistance };

struct FaceMatcherInfo {
  std::int64_t input_height = 112;
  std::int64_t input_width = 112;
  ChannelOrder channel_order = ChannelOrder::kRgb;
  std::array<double, 3> mean{127.5, 127.5, 127.5};  // pixel p in 0..255 becomes (p - mean) / scale, in the order above
  std::array<double, 3> scale{127.5, 127.5, 127.5};
  // Where left eye, right eye, nose tip, left and right mouth corner (as seen in the image) go in the input: {x, y} in
  // pixels, pixel centres at integers.
  std::array<std::array<double, 2>, 5> template_points{};
  std::int64_t embedding_size = 512;
  ScoreKind score_kind = ScoreKind::kSimilarity;
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

// Standard 5-point templates: name your own points where the network was trained on others.
inline constexpr std::array<std::array<double, 2>, 5> kArcFaceTemplate112{
    {{38.2946, 51.6963}, {73.5318, 51.5014}, {56.0252, 71.7366}, {41.5493, 92.3655}, {70.7299, 92.2041}}};

template <>
struct PluginKind<FaceMatcher> {
  static constexpr const char* kName = "face_matcher";
  static constexpr const char* kFolder = "face_matchers";
  static constexpr const char* kNeedsTitle = "needs";
  static constexpr NeedSpec kNeeds[] = {{0, ""}};  // none yet
  static constexpr const char* kTemplate =
      R"source(// @NAME@: compares 8x8 thumbnails. A place to put your network; as a matcher it is worth nothing.
#include <torch/types.h>

#include "core/plugin/face_matcher.h"

namespace {

class @Class@ final : public miafr::FaceMatcher {
 public:
  @Class@(const miafr::Params&, miafr::HostContext&) {
    // host.model_file("weights.safetensors", "where it is published, its licence") finds your weights.
    info_.template_points = miafr::kArcFaceTemplate112;
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

// (Class, name, version, summary, parameter table or miafr::kNoParams, 0 [, licence])
#define MIAFR_FACE_MATCHER_PLUGIN(Class, ...) MIAFR_PLUGIN(::miafr::FaceMatcher, Class, __VA_ARGS__)
