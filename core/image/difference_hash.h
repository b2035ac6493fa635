// Finds near-duplicates: the same photo in another size, compression or tint.
#pragma once

#include <cstdint>

#include "core/image/image.h"

namespace miafr {

// dHash (N. Krawetz, "Kind of Like That", hackerfactor.com, 2013): the picture as 9x8 grey values (bicubic, ITU-R 601),
// and a bit for each of the 8x8 pairs of neighbours, 1 where it grows brighter to the right; the top left one is the
// most significant. A picture without any gradient has 0, like every other one. Identical files are SHA-256's matter.
std::uint64_t difference_hash(const Image& image);

// How many of the 64 bits differ: about 32 for unrelated pictures. Of 30 portraits, copies of half and of double the
// size, at JPEG quality 30, in grey or darkened by 30 % were within kNearDuplicate; ones cropped by 3 % at each side
// were not.
int hash_distance(std::uint64_t a, std::uint64_t b);

inline constexpr int kNearDuplicate = 4;

}  // namespace miafr
