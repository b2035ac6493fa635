// Pillow's bicubic resize: what the published pipelines prepare photos with.
#pragma once

#include "core/image/image.h"

namespace miafr {

// Does what Image.resize((width, height), Image.BICUBIC) of Pillow does, byte for byte: Keys' cubic convolution with a
// = -0.5 (IEEE Trans. ASSP 29(6), 1981, eq. 15), stretched by the factor where the picture becomes smaller, so that
// nothing aliases; first along the rows, then along the columns, with weights of 22 fractional bits and 8 bits in
// between (src/libImaging/Resample.c). Width and height must be at least 1.
Image resize_bicubic(const Image& image, int width, int height);

}  // namespace miafr
