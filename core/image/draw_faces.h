// Detected faces on a picture, for people to look at.
#pragma once

#include "core/image/image.h"
#include "core/plugin/face_detector.h"

namespace miafr {

// Draws the box, the five points and the confidence of each face.
void draw_face(Image& picture, const DetectedFace& face);

}  // namespace miafr
