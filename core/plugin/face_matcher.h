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

// Bits of PluginDescriptor::flags.
enum MatcherProperties : std::uint32_t {
  kNormIsQuality = 1,  // the longer its embedding of a face, the better the face (AdaFace, MagFace)
  kNoGradient = 2,     // its embeddings carry no autograd graph (a closed SDK, say): no loss can train through it
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
  // can train through it, unless it says kNoGradient; changes no state.
  virtual at::Tensor embed(const at::Tensor& faces) = 0;

  // Scores of N pairs: [N,D], [N,D] -> [N], of the declared kind, differentiable unless it says kNoGradient.
  virtual at::Tensor compare(const at::Tensor& a, const at::Tensor& b) = 0;
};

template <>
struct PluginKind<FaceMatcher> {
  static constexpr const char* kName = "face_matcher";
  static constexpr const char* kFolder = "face_matchers";
  static constexpr const char* kFlagsTitle = "properties";
  static constexpr FlagSpec kFlags[] = {
      {kNormIsQuality, "the norm of its embedding says how good the face is"},
      {kNoGradient, "no gradient: a loss cannot train through it"},
  };
};

}  // namespace miafr

// (Class, name, version, summary, parameter table or miafr::kNoParams, properties [, licence])
#define MIAFR_FACE_MATCHER_PLUGIN(Class, ...) MIAFR_PLUGIN(::miafr::FaceMatcher, Class, __VA_ARGS__)
