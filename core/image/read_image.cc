#include "core/image/read_image.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <string>

#include "core/image/decoders.h"
#include "core/image/image_header.h"
#include "core/image/orientation.h"
#include "core/base/shown.h"

namespace miafr {
namespace {

struct Descriptor {
  int number;
  ~Descriptor() { ::close(number); }
};

[[noreturn]] void fail_to_open(const std::filesystem::path& file, int reason) {
  struct stat status = {};
  const bool link = ::lstat(file.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
  if (reason == ENXIO) throw ImageError(ImageFault::kNotAFile, "a socket or a device, not a file");
  if (reason == ENOENT && link) throw ImageError(ImageFault::kUnreadable, "a link to nothing");
  if (reason == ENOENT) throw ImageError(ImageFault::kUnreadable, "no such file");
  throw ImageError(ImageFault::kUnreadable, std::strerror(reason));
}

void check_kind(const struct stat& status) {
  if (S_ISDIR(status.st_mode)) throw ImageError(ImageFault::kNotAFile, "a folder, not a file");
  if (S_ISFIFO(status.st_mode)) throw ImageError(ImageFault::kNotAFile, "a FIFO, not a file");
  if (!S_ISREG(status.st_mode)) throw ImageError(ImageFault::kNotAFile, "a socket or a device, not a file");
  if (status.st_size > kMaxFileBytes)
    throw ImageError(ImageFault::kTooLarge, std::to_string(status.st_size) + " bytes are more than the " +
                                                std::to_string(kMaxFileBytes) + " that are read");
  if (status.st_size == 0) throw ImageError(ImageFault::kEmpty, "empty, 0 bytes");
}

std::string read_bytes(const std::filesystem::path& file) {
  // Not blocking: a FIFO opens at once, whether or not anybody writes to it.
  const Descriptor descriptor{::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)};
  if (descriptor.number < 0) fail_to_open(file, errno);
  struct stat status = {};
  if (::fstat(descriptor.number, &status) != 0) throw ImageError(ImageFault::kUnreadable, std::strerror(errno));
  check_kind(status);
  std::string bytes(status.st_size, '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t count = ::read(descriptor.number, bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw ImageError(ImageFault::kUnreadable, std::strerror(errno));
    if (count == 0) break;  // it has been cut since
    size += count;
  }
  bytes.resize(size);
  return bytes;
}

Image decode_as(const ImageHeader& header, std::string_view bytes) {
  switch (header.format) {
    case ImageFormat::kJpeg:
      return decode_jpeg(bytes, header);
    case ImageFormat::kPng:
      return decode_png(bytes, header);
    case ImageFormat::kWebp:
      return decode_webp(bytes, header);
    case ImageFormat::kTiff:
      return decode_tiff(bytes, header);
    case ImageFormat::kBmp:
      return decode_bmp(bytes, header);
    case ImageFormat::kNetpbm:
      return decode_netpbm(bytes, header);
  }
  return {};
}

// Runs `read`; its errors are told with the file in front.
template <class Read>
auto naming(const std::filesystem::path& file, const Read& read) -> decltype(read()) {
  const std::string name = shown(file.string(), std::string::npos);
  try {
    return read();
  } catch (const ImageError& e) {
    throw ImageError(e.fault(), name + ": " + shown(e.what(), 300));
  } catch (const std::bad_alloc&) {
    throw ImageError(ImageFault::kTooLarge, name + ": not enough memory to read it");
  }
}

}  // namespace

Image decode_image(std::string_view bytes) {
  const ImageHeader header = read_image_header(bytes);
  return upright(decode_as(header, bytes), header.orientation);
}

std::string read_image_bytes(const std::filesystem::path& file) {
  return naming(file, [&] { return read_bytes(file); });
}

Image read_image(const std::filesystem::path& file) {
  return naming(file, [&] { return decode_image(read_bytes(file)); });
}

}  // namespace miafr
