// What is no face, most of it made of one: what a generative model leaves where it fails.
#pragma once

#include <array>
#include <cstdint>
#include <opencv2/core.hpp>

#include "demo/pretrain/face_pool.h"
#include "demo/render/random.h"

namespace miafr::demo {

enum class NoFace {
  kBackground,  // colours, gradients, shapes
  kNoise,
  kBlurred,    // beyond recognition
  kShuffled,   // its patches in another order
  kErased,     // without one or both eyes, or the mouth
  kDisplaced,  // an eye or the mouth elsewhere in the face
  kBlend,      // two faces in one
  kTurned,     // lying, or upside down
  kPartial,    // cut by the picture's border, or half covered
  kMelted,     // drawn out of shape
  kSwirled,    // twisted round its middle; never trained on: tells how far what was learnt reaches
};
inline constexpr int kNoFaces = 11;

// background, noise, …
const char* name_of(NoFace kind);

// one: what it is made of; other: another person.
cv::Mat3f draw_no_face(NoFace kind, const TruePhoto& one, const TruePhoto& other, Random& random);

}  // namespace miafr::demo
