// References sent through the autoencoder and back: what any method that edits latents loses at least.
#pragma once

#include <c10/core/Device.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/evaluation/samples.h"
#include "core/face/face_analysis.h"
#include "core/models/stable_diffusion.h"

namespace miafr {

// Pictures go through at the size that Stable Diffusion v1 was trained at: larger ones are made smaller (bicubic), so
// that the shorter side is at most kRoundTripShort and the longer at most kRoundTripLong pixels; none is made larger.
inline constexpr int kRoundTripShort = 512, kRoundTripLong = 1024;

struct RoundTripSettings {
  c10::Device device;
  std::string key;               // of the autoencoder's weights, for the names of the files
  std::filesystem::path folder;  // where the pictures go; those that are there already are taken as they are
};

// Makes a sample of the method kVaeRoundTrip for each reference. Its file is the picture encoded to the mean of its
// posterior and decoded again, as PNG of 8 bits, named after the hash of the reference's bytes. Sides that are no
// multiple of the autoencoder's factor are continued with their last pixel, which is cut off again. A reference that
// cannot be read stands for itself, to fail again. Throws Error for a checkpoint without an autoencoder, for a
// picture that comes out not finite and for a folder that cannot be written.
std::vector<Sample> vae_round_trip(const std::vector<Sample>& references, StableDiffusion& model,
                                   const RoundTripSettings& settings, const FaceProgress& progress);

}  // namespace miafr
