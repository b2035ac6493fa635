#include <webp/decode.h>
#include <webp/demux.h>

#include <memory>

#include "core/image/decoders.h"
#include "core/image/image_bytes.h"
#include "core/image/orientation.h"

namespace miafr {
namespace {

const std::uint8_t* data_of(std::string_view bytes) { return reinterpret_cast<const std::uint8_t*>(bytes.data()); }

void check(VP8StatusCode status) {
  if (status == VP8_STATUS_OK) return;
  if (status == VP8_STATUS_NOT_ENOUGH_DATA)
    throw ImageError(ImageFault::kTruncated, "a truncated WebP file: it ends too early");
  if (status == VP8_STATUS_UNSUPPORTED_FEATURE)
    throw ImageError(ImageFault::kUnsupported, "a WebP file of a kind that is not read");
  throw ImageError(ImageFault::kDamaged, "a damaged WebP file");
}

int orientation_of(std::string_view bytes) {
  const WebPData data = {data_of(bytes), bytes.size()};
  const std::unique_ptr<WebPDemuxer, void (*)(WebPDemuxer*)> demuxer(WebPDemux(&data), WebPDemuxDelete);
  if (!demuxer) throw ImageError(ImageFault::kDamaged, "a damaged WebP file");
  WebPChunkIterator chunk = {};
  if (!WebPDemuxGetChunk(demuxer.get(), "EXIF", 1, &chunk)) return 1;
  const int orientation = exif_orientation({reinterpret_cast<const char*>(chunk.chunk.bytes), chunk.chunk.size});
  WebPDemuxReleaseChunkIterator(&chunk);
  return orientation;
}

}  // namespace

ImageHeader read_webp_header(std::string_view bytes) {
  if (part_of(bytes, 0, 4) != "RIFF") throw ImageError(ImageFault::kNotAnImage, "not an image");
  if (little_endian(bytes, 4, 4) > bytes.size() - 8) check(VP8_STATUS_NOT_ENOUGH_DATA);
  WebPBitstreamFeatures features = {};
  check(WebPGetFeatures(data_of(bytes), bytes.size(), &features));
  if (features.has_animation)
    throw ImageError(ImageFault::kUnsupported, "an animated WebP file is not read; save one picture of it");
  ImageHeader header;
  header.format = ImageFormat::kWebp;
  header.width = features.width;
  header.height = features.height;
  header.orientation = orientation_of(bytes);
  return header;
}

Image decode_webp(std::string_view bytes, const ImageHeader& header) {
  WebPDecoderConfig config = {};
  WebPInitDecoderConfig(&config);
  check(WebPGetFeatures(data_of(bytes), bytes.size(), &config.input));
  const int channels = config.input.has_alpha ? 4 : 3;
  Image image;
  image.width = static_cast<int>(header.width);
  image.height = static_cast<int>(header.height);
  const std::size_t pixels = std::size_t(image.width) * image.height;
  image.pixels.resize(pixels * channels);
  config.output.colorspace = channels == 4 ? MODE_RGBA : MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA = {image.pixels.data(), image.width * channels, image.pixels.size()};
  check(WebPDecode(data_of(bytes), bytes.size(), &config));
  if (config.output.width != image.width || config.output.height != image.height) check(VP8_STATUS_BITSTREAM_ERROR);
  if (channels == 4)
    for (std::size_t i = 0; i < pixels; ++i) put_over_white(&image.pixels[4 * i], &image.pixels[3 * i]);
  image.pixels.resize(pixels * 3);
  return image;
}

}  // namespace miafr
