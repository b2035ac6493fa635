#include "core/pipeline/decode.h"

#include <algorithm>
#include <vector>

namespace miafr {
namespace {

constexpr int64_t kTile = 64, kOverlap = 16;  // latent pixels

// Where tiles begin, so that they cover [0, size) and neighbours share at least `overlap`.
std::vector<int64_t> tile_starts(int64_t size, int64_t tile, int64_t overlap) {
  std::vector<int64_t> starts = {0};
  while (starts.back() + tile < size) starts.push_back(std::min(starts.back() + tile - overlap, size - tile));
  return starts;
}

// A tile's weight along one side [length]: rising over `ramp` pixels from each edge that has a neighbour.
at::Tensor ramp_weights(int64_t length, int64_t ramp, bool before, bool after, const at::TensorOptions& options) {
  const at::Tensor from_edge = at::arange(1, length + 1, options) / static_cast<double>(ramp + 1);
  at::Tensor weights = at::ones({length}, options);
  if (before) weights = at::minimum(weights, from_edge);
  if (after) weights = at::minimum(weights, from_edge.flip(0));
  return weights;
}

}  // namespace

at::Tensor decode_in_tiles(const AutoencoderDecoder& decoder, const at::Tensor& z, int64_t tile, int64_t overlap) {
  const auto rows = tile_starts(z.size(2), tile, overlap), columns = tile_starts(z.size(3), tile, overlap);
  at::Tensor image, total;  // [1, 3, 8h, 8w] weighted sum, [1, 1, 8h, 8w] sum of weights
  for (const int64_t y : rows)
    for (const int64_t x : columns) {
      const at::Tensor part = z.narrow(2, y, std::min(tile, z.size(2))).narrow(3, x, std::min(tile, z.size(3)));
      const at::Tensor decoded = decoder.forward(part.contiguous(at::MemoryFormat::ChannelsLast));
      const int64_t factor = decoded.size(2) / part.size(2);
      if (!image.defined()) {
        image = at::zeros({1, decoded.size(1), factor * z.size(2), factor * z.size(3)}, decoded.options());
        total = at::zeros({1, 1, image.size(2), image.size(3)}, decoded.options());
      }
      const auto weights = [&](int64_t dim, int64_t start) {
        return ramp_weights(decoded.size(dim), factor * overlap, start > 0, start + part.size(dim) < z.size(dim),
                            decoded.options());
      };
      const at::Tensor weight = weights(2, y).unsqueeze(1) * weights(3, x);  // [tile, tile]
      const auto place = [&](const at::Tensor& whole) {
        return whole.narrow(2, factor * y, decoded.size(2)).narrow(3, factor * x, decoded.size(3));
      };
      place(image).add_(decoded * weight);
      place(total).add_(weight);
    }
  return image / total;
}

at::Tensor decode_latents(const AutoencoderDecoder& decoder, const at::Tensor& z) {
  std::vector<at::Tensor> images;
  for (const at::Tensor& one : z.split(1)) {
    const bool whole = one.size(2) * one.size(3) <= kWholeArea;
    images.push_back(whole ? decoder.forward(one.contiguous(at::MemoryFormat::ChannelsLast))
                           : decode_in_tiles(decoder, one, kTile, kOverlap));
  }
  return at::cat(images);
}

at::Tensor to_pixels(const at::Tensor& images) {
  return (255 * at::clamp((images.to(at::kFloat) + 1) / 2, 0, 1)).to(at::kByte).permute({0, 2, 3, 1});
}

}  // namespace miafr
