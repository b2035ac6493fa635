#include "core/image/png.h"

#include <png.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include "core/base/errors.h"

namespace miafr {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

// libpng reports through a C callback; the text travels as an exception, which libpng (C, built with unwind tables)
// lets pass on this platform.
[[noreturn]] void fail(png_structp, png_const_charp reason) { throw Error(reason); }
void ignore_warning(png_structp, png_const_charp) {}

std::string failed(const std::filesystem::path& path) { return path.string() + ": " + std::strerror(errno); }

struct Writer {
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, fail, ignore_warning);
  png_infop info = png_create_info_struct(png);
  ~Writer() { png_destroy_write_struct(&png, &info); }
};

struct Reader {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, fail, ignore_warning);
  png_infop info = png_create_info_struct(png);
  ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
};

void write_to(std::FILE* file, const at::Tensor& pixels, const std::map<std::string, std::string>& texts) {
  Writer writer;
  png_init_io(writer.png, file);
  png_set_IHDR(writer.png, writer.info, pixels.size(1), pixels.size(0), 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  std::vector<png_text> chunks;
  for (const auto& [key, text] : texts) {
    png_text chunk = {};
    chunk.compression = PNG_ITXT_COMPRESSION_NONE;
    chunk.key = const_cast<char*>(key.c_str());
    chunk.text = const_cast<char*>(text.c_str());
    chunk.itxt_length = text.size();
    chunks.push_back(chunk);
  }
  png_set_text(writer.png, writer.info, chunks.data(), static_cast<int>(chunks.size()));
  png_write_info(writer.png, writer.info);
  const at::Tensor rows = pixels.contiguous();
  for (int64_t y = 0; y < rows.size(0); ++y)
    png_write_row(writer.png, rows.data_ptr<std::uint8_t>() + y * rows.size(1) * 3);
  png_write_end(writer.png, writer.info);
}

}  // namespace

void write_png(const std::filesystem::path& path, const at::Tensor& pixels,
               const std::map<std::string, std::string>& texts) {
  std::string temporary = path.string() + ".XXXXXX";
  const int descriptor = ::mkstemp(temporary.data());
  if (descriptor < 0) throw Error(failed(path));
  struct Remove {
    const std::string& name;
    ~Remove() { ::unlink(name.c_str()); }
  } remove{temporary};
  File file(::fdopen(descriptor, "wb"));
  try {
    write_to(file.get(), pixels, texts);
  } catch (const Error& e) {
    throw Error(path.string() + ": cannot be written: " + (errno == 0 ? e.what() : std::strerror(errno)));
  }
  ::fchmod(descriptor, 0644);
  if (std::fflush(file.get()) != 0 || ::fsync(descriptor) != 0) throw Error(failed(path));
  if (::link(temporary.c_str(), path.c_str()) != 0)
    throw Error(failed(path));  // unlike rename, never over another file
}

std::map<std::string, std::string> read_png_texts(const std::filesystem::path& path) {
  const File file(std::fopen(path.c_str(), "rb"));
  if (!file) throw Error(failed(path));
  unsigned char signature[8] = {};
  if (std::fread(signature, 1, 8, file.get()) != 8 || png_sig_cmp(signature, 0, 8) != 0)
    throw Error(path.string() + ": not a PNG file");
  try {
    Reader reader;
    png_set_user_limits(reader.png, 65535, 65535);
    png_set_chunk_malloc_max(reader.png, 1 << 20);
    png_init_io(reader.png, file.get());
    png_set_sig_bytes(reader.png, 8);
    png_read_info(reader.png, reader.info);
    png_textp chunks = nullptr;
    int count = 0;
    png_get_text(reader.png, reader.info, &chunks, &count);
    std::map<std::string, std::string> texts;
    for (int i = 0; i < count; ++i)
      texts[chunks[i].key] = std::string(chunks[i].text, std::max(chunks[i].itxt_length, chunks[i].text_length));
    return texts;
  } catch (const Error& e) {
    throw Error(path.string() + ": a damaged PNG file: " + e.what());
  }
}

}  // namespace miafr
