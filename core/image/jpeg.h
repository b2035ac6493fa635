// JPEG files out.
#pragma once

#include <string>

#include "core/image/image.h"

namespace miafr {

// Baseline JPEG with colours at half of the resolution (4:2:0), as most programs write it. quality: 1 to 100, as
// libjpeg counts it. Throws Error for a picture without pixels or too large for the format.
std::string encode_jpeg(const Image& image, int quality);

}  // namespace miafr
