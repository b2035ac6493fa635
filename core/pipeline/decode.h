// Latents to pixels.
#pragma once

#include <torch/types.h>

#include "core/nn/autoencoder_kl.h"

namespace miafr {

// Latents z [N,C,h,w], unscaled -> images [N,3,8h,8w], about [-1,1]. One picture at a time, and one of more than
// kWholeArea latent pixels in overlapping tiles: they need the memory of a tile whatever the size, and differ from a
// picture decoded whole as the norms of the decoder see less of it.
inline constexpr int64_t kWholeArea = 96 * 96;  // 768 x 768 pixels
at::Tensor decode_latents(const AutoencoderDecoder& decoder, const at::Tensor& z);

// The same with tiles of `tile` latent pixels, neighbours sharing `overlap` of them, blended linearly. z [1,C,h,w].
at::Tensor decode_in_tiles(const AutoencoderDecoder& decoder, const at::Tensor& z, int64_t tile, int64_t overlap);

// Images [N,3,H,W], about [-1,1] -> [N,H,W,3] uint8, cut off, not rounded: trunc(255 clamp((x + 1) / 2, 0, 1)).
at::Tensor to_pixels(const at::Tensor& images);

}  // namespace miafr
