// Photos through the base model's autoencoder and back: what is lost of a face before any noise is learnt.
#pragma once

#include <torch/types.h>

#include <filesystem>

#include "demo/pretrain/face_pool.h"

namespace miafr::demo {

// Of the autoencoder that a stage has left in the folder.
bool has_autoencoder(const std::filesystem::path& folder);

// pictures [N,3,64,64] float32, RGB 0..255, and so is the result. Throws Error.
at::Tensor round_trip(const std::filesystem::path& folder, const at::Tensor& pictures);

// The first `count` photos take that way; the points stay where they were.
void send_round(const std::filesystem::path& folder, std::int64_t count, FacePool& pool);

}  // namespace miafr::demo
