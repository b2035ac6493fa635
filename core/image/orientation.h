// Which way up a photo is.
#pragma once

#include <string_view>

#include "core/image/image.h"

namespace miafr {

// The orientation, 1 to 8, in a block of EXIF metadata, with or without "Exif\0\0" in front; 1 (upright) where there is
// none or the block is damaged, which is no reason to refuse the photo. This reads one number out of the block's first
// directory (Exif 2.32, 4.6.2 and 4.6.4); a library for all of EXIF would parse the makers' notes of strangers for it.
int exif_orientation(std::string_view exif);

// The picture turned and mirrored so that it is upright. Width and height change places for 5 to 8.
Image upright(Image image, int orientation);

}  // namespace miafr
