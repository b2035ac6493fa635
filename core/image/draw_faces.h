// Detected faces on a picture, for people to look at.
#pragma once

#include "core/image/image.h"
#include "core/plugin/face_detector.h"

namespace miafr {

// The box, the five points and the confidence.
void draw_face(Image& picture, const DetectedFace& face);

}  // namespace miafr
