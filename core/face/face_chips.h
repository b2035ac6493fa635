// Faces cut out of a picture for the networks.
#pragma once

#include <torch/types.h>

#include "core/image/image.h"
#include "core/plugin/face_detector.h"

namespace miafr {

// The face as `input` declares it: [3,input_height,input_width] float32 on the CPU. Only the part of the picture that
// is needed is converted. Where the face is more than twice as large as the input, the picture is averaged over whole
// blocks of pixels first, so that nothing aliases; else it is sampled bilinearly as the published pipelines do.
at::Tensor face_chip(const Image& picture, const FacePoints& points, const FaceInput& input);

// The whole picture as an input, for pictures that are aligned already: squeezed to its size where it differs.
at::Tensor aligned_chip(const Image& picture, const FaceInput& input);

// A face for people to look at: [size,size,3] uint8 RGB, by the eyes and mouth, with some hair and chin around it.
Image face_thumbnail(const Image& picture, const FacePoints& points, int size);

}  // namespace miafr
