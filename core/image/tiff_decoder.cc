#include <tiffio.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "core/image/decoders.h"
#include "core/image/image_error.h"

namespace miafr {
namespace {

constexpr tmsize_t kMaxAllocation = tmsize_t{512} << 20;

// A TIFF file in memory, and the first thing that libtiff said against it. Nothing reaches its global handlers, which
// write to stderr.
class TiffFile {
 public:
  explicit TiffFile(std::string_view bytes) : bytes_(bytes) {
    const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(TIFFOpenOptionsAlloc(),
                                                                               TIFFOpenOptionsFree);
    TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), kMaxAllocation);
    TIFFOpenOptionsSetErrorHandlerExtR(options.get(), keep_error, this);
    TIFFOpenOptionsSetWarningHandlerExtR(options.get(), ignore, nullptr);
    tiff_.reset(TIFFClientOpenExt("", "rm", this, read, write, seek, close, size, nullptr, nullptr, options.get()));
    if (!tiff_) fail();
  }

  TIFF* get() const { return tiff_.get(); }

  [[noreturn]] void fail(const std::string& why = {}) const {
    const std::string text = !error_.empty() ? error_ : !why.empty() ? why : "it cannot be read";
    if (beyond_end_) throw ImageError(ImageFault::kTruncated, "a truncated TIFF file: it ends too early");
    throw ImageError(ImageFault::kDamaged, "a damaged TIFF file: " + text);
  }

 private:
  static TiffFile& self(thandle_t handle) { return *static_cast<TiffFile*>(handle); }

  static int keep_error(TIFF*, void* handle, const char*, const char* format, va_list arguments) {
    std::string& error = static_cast<TiffFile*>(handle)->error_;
    char text[200] = {};
    std::vsnprintf(text, sizeof text, format, arguments);
    if (error.empty()) error = text;
    return 1;
  }
  static int ignore(TIFF*, void*, const char*, const char*, va_list) { return 1; }

  static tmsize_t read(thandle_t handle, void* to, tmsize_t size) {
    TiffFile& file = self(handle);
    const std::uint64_t left = file.bytes_.size() - std::min<std::uint64_t>(file.at_, file.bytes_.size());
    const auto count = std::min<std::uint64_t>(size, left);
    if (count < static_cast<std::uint64_t>(size)) file.beyond_end_ = true;
    if (count > 0) std::memcpy(to, file.bytes_.data() + file.at_, count);
    file.at_ += count;
    return static_cast<tmsize_t>(count);
  }
  static tmsize_t write(thandle_t, void*, tmsize_t) { return 0; }
  static toff_t seek(thandle_t handle, toff_t offset, int whence) {
    TiffFile& file = self(handle);
    file.at_ = offset + (whence == SEEK_CUR ? file.at_ : whence == SEEK_END ? file.bytes_.size() : 0);
    return file.at_;
  }
  static int close(thandle_t) { return 0; }
  static toff_t size(thandle_t handle) { return self(handle).bytes_.size(); }

  std::string_view bytes_;
  std::uint64_t at_ = 0;
  bool beyond_end_ = false;
  std::string error_;
  std::unique_ptr<TIFF, void (*)(TIFF*)> tiff_{nullptr, TIFFClose};  // after what its callbacks use
};

struct RgbaReader {
  TIFFRGBAImage state = {};
  ~RgbaReader() { TIFFRGBAImageEnd(&state); }
};

bool is_grey(const TIFFRGBAImage& state) {
  return state.photometric == PHOTOMETRIC_MINISBLACK || state.photometric == PHOTOMETRIC_MINISWHITE;
}

// libtiff hands colours out with alpha multiplied in, so that white shows through the rest, but grey as stored.
void put_over_white(std::uint32_t pixel, bool multiplied, std::uint8_t* rgb) {
  const std::uint8_t rgba[] = {static_cast<std::uint8_t>(TIFFGetR(pixel)), static_cast<std::uint8_t>(TIFFGetG(pixel)),
                               static_cast<std::uint8_t>(TIFFGetB(pixel)), static_cast<std::uint8_t>(TIFFGetA(pixel))};
  if (!multiplied) return miafr::put_over_white(rgba, rgb);
  for (int c = 0; c < 3; ++c) rgb[c] = static_cast<std::uint8_t>(std::min(255, rgba[c] + 255 - rgba[3]));
}

}  // namespace

ImageHeader read_tiff_header(std::string_view bytes) {
  const TiffFile file(bytes);
  ImageHeader header;
  header.format = ImageFormat::kTiff;
  std::uint32_t width = 0, height = 0;
  std::uint16_t orientation = 1;
  TIFFGetField(file.get(), TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(file.get(), TIFFTAG_IMAGELENGTH, &height);
  TIFFGetFieldDefaulted(file.get(), TIFFTAG_ORIENTATION, &orientation);
  header.width = width;
  header.height = height;
  header.orientation = orientation >= 1 && orientation <= 8 ? orientation : 1;
  return header;
}

Image decode_tiff(std::string_view bytes, const ImageHeader& header) {
  const TiffFile file(bytes);
  char why[1024] = {};
  if (!TIFFRGBAImageOK(file.get(), why))
    throw ImageError(ImageFault::kUnsupported, std::string("a TIFF file of a kind that is not read: ") + why);
  RgbaReader reader;
  if (!TIFFRGBAImageBegin(&reader.state, file.get(), 1, why)) file.fail(why);
  if (reader.state.width != header.width || reader.state.height != header.height) file.fail("two sizes");
  if (reader.state.photometric > PHOTOMETRIC_YCBCR)  // grey, RGB, palette, CMYK and YCbCr come before
    throw ImageError(ImageFault::kUnsupported, "TIFF in CIELab or LogLuv is not read; convert it to RGB");
  reader.state.req_orientation = reader.state.orientation;  // rows as stored
  Image image(static_cast<int>(header.width), static_cast<int>(header.height));
  std::vector<std::uint32_t> raster(std::size_t(image.width) * image.height);
  if (!TIFFRGBAImageGet(&reader.state, raster.data(), reader.state.width, reader.state.height)) file.fail();
  const bool multiplied = !is_grey(reader.state) || reader.state.alpha != EXTRASAMPLE_UNASSALPHA;
  for (std::size_t i = 0; i < raster.size(); ++i) put_over_white(raster[i], multiplied, &image.pixels[3 * i]);
  return image;
}

}  // namespace miafr
