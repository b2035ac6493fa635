#include "core/image/image_header.h"

#include <string>

#include "core/image/decoders.h"
#include "core/image/image_error.h"

namespace miafr {
namespace {

using namespace std::string_view_literals;

struct Signature {
  std::size_t at;
  std::string_view bytes;
  ImageHeader (*read_header)(std::string_view);  // null: recognised, not read
  const char* name;
};

constexpr Signature kSignatures[] = {
    {0, "\xff\xd8\xff"sv, read_jpeg_header, "JPEG"},
    {0, "\x89PNG\r\n\x1a\n"sv, read_png_header, "PNG"},
    {8, "WEBP"sv, read_webp_header, "WebP"},
    {0, "II*\0"sv, read_tiff_header, "TIFF"},
    {0, "MM\0*"sv, read_tiff_header, "TIFF"},
    {0, "II+\0"sv, read_tiff_header, "TIFF"},
    {0, "MM\0+"sv, read_tiff_header, "TIFF"},
    {0, "P5"sv, read_netpbm_header, "PGM"},
    {0, "P6"sv, read_netpbm_header, "PPM"},
    {0, "BM"sv, read_bmp_header, "BMP"},
    {0, "GIF8"sv, nullptr, "GIF"},
    {4, "ftyphei"sv, nullptr, "HEIC"},
    {4, "ftyphev"sv, nullptr, "HEIC"},
    {4, "ftypmif1"sv, nullptr, "HEIC"},
    {4, "ftypmsf1"sv, nullptr, "HEIC"},
    {4, "ftypavi"sv, nullptr, "AVIF"},
    {4, "jP  \r\n"sv, nullptr, "JPEG 2000"},
    {4, "JXL \r\n"sv, nullptr, "JPEG XL"},
    {0, "\xff\x0a"sv, nullptr, "JPEG XL"},
    {0, "8BPS"sv, nullptr, "PSD"},
    {0, "P1"sv, nullptr, "ASCII Netpbm"},
    {0, "P2"sv, nullptr, "ASCII Netpbm"},
    {0, "P3"sv, nullptr, "ASCII Netpbm"},
    {0, "P4"sv, nullptr, "PBM"},
    {0, "P7"sv, nullptr, "PAM"},
};

const Signature& signature_of(std::string_view bytes) {
  for (const Signature& signature : kSignatures)
    if (bytes.size() > signature.at && bytes.substr(signature.at, signature.bytes.size()) == signature.bytes)
      return signature;
  const std::size_t begin = bytes.find_first_not_of("\xef\xbb\xbf \t\r\n"sv);
  if (begin != std::string_view::npos && bytes[begin] == '<')
    throw ImageError(ImageFault::kNotAnImage, "not an image but HTML or XML, whatever its name says");
  throw ImageError(ImageFault::kNotAnImage, "not an image; JPEG, PNG, WebP, TIFF, BMP, PGM and PPM are read");
}

}  // namespace

ImageHeader read_image_header(std::string_view bytes) {
  const Signature& signature = signature_of(bytes);
  if (signature.read_header == nullptr)
    throw ImageError(ImageFault::kUnsupported, std::string(signature.name) + " is not read; convert it to JPEG or PNG");
  const ImageHeader header = signature.read_header(bytes);
  const std::string size = std::to_string(header.width) + "x" + std::to_string(header.height);
  if (header.width < 1 || header.height < 1)
    throw ImageError(ImageFault::kDamaged, std::string("a damaged ") + signature.name + " file: its size is " + size);
  if (header.width > kMaxPixels / header.height)
    throw ImageError(ImageFault::kTooLarge, size + " is more than the " + std::to_string(kMaxPixels) +
                                                " pixels that are read; make it smaller");
  return header;
}

}  // namespace miafr
