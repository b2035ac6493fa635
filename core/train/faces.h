// Faces in training: where they are in a photo, and whose they are in a preview.
#pragma once

#include <torch/types.h>

#include <string>

#include "core/plugin/face_detector.h"
#include "core/plugin/face_matcher.h"
#include "core/runtime/chosen_plugin.h"

namespace miafr {

// The points of the largest face of each image: [N,3,H,W] RGB in [-1,1] -> [N,5,2] float32 in its pixels, NaN where no
// face is found.
at::Tensor face_points(const ChosenPlugin<FaceDetector>& detector, const at::Tensor& images);

// Embeddings of unit length: images as above -> [N,D], NaN where no face is found. Found and cut out as miafr evaluate
// does it, from the pixels that a file of the image would hold.
at::Tensor face_embeddings(const ChosenPlugin<FaceDetector>& detector, const ChosenPlugin<FaceMatcher>& matcher,
                           const at::Tensor& images);

}  // namespace miafr
