// Aspect buckets: photos that are not square become pictures that are not square, of about as many pixels.
#pragma once

#include <cstdint>
#include <vector>

namespace miafr {

struct PictureSize {
  std::int64_t width, height;
};

// The sizes of NovelAI's and kohya's aspect buckets: sides are multiples of 64 from size / 2 to 2 size, and beside each
// the other side is the greatest whose area is at most size^2. For 512: 256x832, 256x896, 256x960, 256x1024, 320x704,
// 320x768, 384x640, 448x576, 512x512 and these on their side. size: at least 64.
std::vector<PictureSize> bucket_sizes(std::int64_t size);

// The one whose proportions are nearest to the photo's, by the logarithm of width / height, so that a photo on its side
// goes into the bucket on its side; of equals the larger.
PictureSize nearest_bucket(std::int64_t width, std::int64_t height, const std::vector<PictureSize>& buckets);

}  // namespace miafr
