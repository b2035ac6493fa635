#include <cstdio>
// jpeglib.h needs <cstdio> before it.
#include <jerror.h>
#include <jpeglib.h>

#include <cstdlib>
#include <string>

#include "core/image/decoders.h"
#include "core/image/image_bytes.h"
#include "core/image/orientation.h"

namespace miafr {
namespace {

// Progressive files in the wild have about 10 scans. Each walks the whole picture, also where the file spends a few
// bytes on it, so that a small file could keep us busy for hours.
constexpr int kMaxScans = 100;
constexpr long kMaxMemory = 1L << 30;  // a progressive CMYK file of kMaxPixels keeps 8 bytes for each pixel

[[noreturn]] void damaged(const std::string& why) {
  throw ImageError(ImageFault::kDamaged, "a damaged JPEG file: " + why);
}

std::string message_of(j_common_ptr jpeg) {
  char text[JMSG_LENGTH_MAX] = {};
  (*jpeg->err->format_message)(jpeg, text);
  return text;
}

// libjpeg reports through C callbacks; what is thrown there passes through it, as through libpng.
[[noreturn]] void fail(j_common_ptr jpeg) { damaged(message_of(jpeg)); }

// libjpeg warns and goes on with grey where data is missing or wrong; here that ends the reading. Three warnings are
// about header fields that leave the pixels whole.
void refuse_warning(j_common_ptr jpeg, int level) {
  if (level >= 0) return;  // a trace message
  const int code = jpeg->err->msg_code;
  if (code == JWRN_JFIF_MAJOR || code == JWRN_ADOBE_XFORM || code == JWRN_NOT_SEQUENTIAL) return;
  if (code == JWRN_JPEG_EOF) throw ImageError(ImageFault::kTruncated, "a truncated JPEG file: it ends too early");
  damaged(message_of(jpeg));
}

void keep_quiet(j_common_ptr) {}

void limit_scans(j_common_ptr jpeg) {
  if (reinterpret_cast<j_decompress_ptr>(jpeg)->input_scan_number > kMaxScans) damaged("too many scans");
}

struct Decompressor {
  jpeg_decompress_struct info = {};
  jpeg_error_mgr errors = {};
  jpeg_progress_mgr progress = {};

  explicit Decompressor(std::string_view bytes) {
    info.err = jpeg_std_error(&errors);
    errors.error_exit = fail;
    errors.emit_message = refuse_warning;
    errors.output_message = keep_quiet;
    jpeg_create_decompress(&info);
    info.mem->max_memory_to_use = kMaxMemory;
    progress.progress_monitor = limit_scans;
    info.progress = &progress;
    jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  }
  ~Decompressor() { jpeg_destroy_decompress(&info); }

  j_common_ptr common() { return reinterpret_cast<j_common_ptr>(&info); }
};

// No picture of 8 bits has a coefficient over 1024 (T.81, A.3.3), and none of an encoder that overshoots white to avoid
// ringing one over 1280. Where bytes are wrong, Huffman codes still fit, most often, but their sums soon leave the
// range.
void check_coefficients(const jpeg_component_info& component, JBLOCKROW blocks) {
  for (JDIMENSION x = 0; x < component.width_in_blocks; ++x)
    for (int k = 0; k < DCTSIZE2; ++k) {
      const int step = component.quant_table->quantval[k];
      if (std::abs(blocks[x][k]) * step > 1280 + step) damaged("values outside of any picture");
    }
}

// What libjpeg passes over in silence: scans that are missing altogether, and data that decode to nonsense.
void check_scans(std::string_view bytes) {
  Decompressor jpeg(bytes);
  jpeg_read_header(&jpeg.info, TRUE);
  jvirt_barray_ptr* coefficients = jpeg_read_coefficients(&jpeg.info);  // the entropy decoding, to the end of the file
  for (int c = 0; c < jpeg.info.num_components; ++c) {
    const jpeg_component_info& component = jpeg.info.comp_info[c];
    bool whole = component.quant_table != nullptr;
    for (int k = 0; k < DCTSIZE2 && whole && jpeg.info.progressive_mode; ++k) whole = jpeg.info.coef_bits[c][k] == 0;
    if (!whole) throw ImageError(ImageFault::kTruncated, "a truncated JPEG file: some of its scans are missing");
    for (JDIMENSION y = 0; y < component.height_in_blocks; ++y)
      check_coefficients(component,
                         (*jpeg.info.mem->access_virt_barray)(jpeg.common(), coefficients[c], y, 1, FALSE)[0]);
  }
  jpeg_finish_decompress(&jpeg.info);
}

// Adobe's CMYK is stored inverted, and nobody writes another: each is 255 minus its ink. As Pillow converts it.
void convert_cmyk(const std::uint8_t* cmyk, int width, std::uint8_t* rgb) {
  for (int x = 0; x < width; ++x, cmyk += 4, rgb += 3)
    for (int i = 0; i < 3; ++i) rgb[i] = static_cast<std::uint8_t>((cmyk[i] * cmyk[3] + 127) / 255);
}

bool is_frame(std::uint32_t marker) {  // SOF0 to SOF15, without DHT, JPG and DAC
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

void read_frame(std::string_view segment, ImageHeader& header) {
  const std::uint32_t precision = big_endian(segment, 0, 1), components = big_endian(segment, 5, 1);
  header.height = big_endian(segment, 1, 2);
  header.width = big_endian(segment, 3, 2);
  if (precision != 8)
    throw ImageError(ImageFault::kUnsupported,
                     "JPEG of " + std::to_string(precision) + " bits is not read; 8 bits are");
  if (components != 1 && components != 3 && components != 4)
    throw ImageError(ImageFault::kUnsupported,
                     "JPEG of " + std::to_string(components) + " components is not read; 1, 3 and 4 are");
}

}  // namespace

// The segments up to the first scan (ITU-T T.81, B.1 and B.2).
ImageHeader read_jpeg_header(std::string_view bytes) {
  ImageHeader header;
  header.format = ImageFormat::kJpeg;
  bool framed = false, oriented = false;
  for (std::size_t at = 2;;) {
    if (big_endian(bytes, at, 1) != 0xff) damaged("no marker at byte " + std::to_string(at));
    while (big_endian(bytes, at, 1) == 0xff) ++at;  // any number of fill bytes before a marker's code
    const std::uint32_t marker = big_endian(bytes, at++, 1);
    if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8)) continue;  // without a length
    if (marker == 0xda && framed) return header;
    if (marker == 0xda || marker == 0xd9) damaged("no picture in it");
    const std::size_t length = big_endian(bytes, at, 2);
    if (length < 2) damaged("a segment without a length");
    const std::string_view segment = part_of(bytes, at + 2, length - 2);
    at += length;
    if (is_frame(marker) && !framed) {
      read_frame(segment, header);
      framed = true;
    } else if (marker == 0xe1 && !oriented && segment.substr(0, 4) == "Exif") {
      header.orientation = exif_orientation(segment);
      oriented = true;
    }
  }
}

Image decode_jpeg(std::string_view bytes, const ImageHeader& header) {
  check_scans(bytes);
  Decompressor jpeg(bytes);
  jpeg_read_header(&jpeg.info, TRUE);
  if (jpeg.info.image_width != header.width || jpeg.info.image_height != header.height) damaged("two sizes");
  const bool cmyk = jpeg.info.num_components == 4;
  jpeg.info.out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
  Image image(static_cast<int>(header.width), static_cast<int>(header.height));
  std::vector<std::uint8_t> inks(cmyk ? std::size_t{4} * image.width : 0);
  jpeg_start_decompress(&jpeg.info);
  for (int y = 0; y < image.height; ++y) {
    JSAMPROW row = cmyk ? inks.data() : image.row(y);
    jpeg_read_scanlines(&jpeg.info, &row, 1);
    if (cmyk) convert_cmyk(inks.data(), image.width, image.row(y));
  }
  jpeg_finish_decompress(&jpeg.info);  // up to the end-of-image marker
  return image;
}

}  // namespace miafr
