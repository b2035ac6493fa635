// An image file from anywhere is read or refused. Pictures over a megapixel only take time here.
#include <cstdlib>

#include "core/image/difference_hash.h"
#include "core/image/image_header.h"
#include "core/image/read_image.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const miafr::ImageHeader header = miafr::read_image_header(bytes);
    if (header.width * header.height > (1 << 20)) return 0;
    const miafr::Image image = miafr::decode_image(bytes);
    if (image.pixels.size() != std::size_t(3 * header.width * header.height)) std::abort();
    static volatile std::uint64_t hash;
    hash = miafr::difference_hash(image);
  } catch (const miafr::ImageError&) {
  }
  return 0;
}
