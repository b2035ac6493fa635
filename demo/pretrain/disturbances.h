// What happens to a drawn face on its way through a model: it comes out softer, noisier, a little off in colour.
#pragma once

#include "demo/pretrain/face_pool.h"
#include "demo/render/random.h"

namespace miafr::demo {

// As if it had been painted: never so much that somebody would not know the person.
cv::Mat3f as_painted(const cv::Mat3f& image, Random& random);

// Mirrored or not, shifted, turned and scaled, with all of the face in the picture.
TruePhoto moved(const TruePhoto& photo, Random& random);

// Approximately normal, deviation 1.
float normal(Random& random);

// How far a place is off after smooth, random displacements over about `wavelength` pixels; standard deviation of each
// coordinate about `amount` pixels.
cv::Mat2f smooth_displacement(cv::Size size, float wavelength, float amount, Random& random);
cv::Mat3f displaced(const cv::Mat3f& image, const cv::Mat2f& by);

// Noise over about `grain` pixels, each channel on its own; deviation 1.
cv::Mat3f smooth_noise(cv::Size size, float grain, Random& random);

}  // namespace miafr::demo
