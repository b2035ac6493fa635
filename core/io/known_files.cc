#include "core/io/known_files.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <string_view>

#include "core/base/text.h"

namespace miafr {
namespace {

using Text = std::string_view;

struct Magic {
  std::size_t at;
  Text bytes;
  const char* what;
};

constexpr const char* kPyTorch = "; give the weights as PyTorch or safetensors have them";
constexpr const char* kUnpack = "; unpack it";

constexpr Magic kMagics[] = {
    {0, "GGUF", "a GGUF file, of llama.cpp and the like"},
    {0, "\x89HDF\r\n\x1a\n", "an HDF5 file, as Keras writes weights"},
    {0, "\x93NUMPY", "a NumPy array (.npy)"},
    {4, "TFL3", "a TensorFlow Lite model"},
    {0, "\x1f\x8b", "a gzip archive"},
    {0, "BZh", "a bzip2 archive"},
    {0,
     Text("\xfd"
          "7zXZ\0",
          6),
     "an xz archive"},
    {0, "\x28\xb5\x2f\xfd", "a Zstandard archive"},
    {0, "7z\xbc\xaf\x27\x1c", "a 7-Zip archive"},
    {0, "Rar!", "a RAR archive"},
    {0, "\x89PNG", "a PNG picture"},
    {0, "\xff\xd8\xff", "a JPEG picture"},
    {8, "WEBP", "a WebP picture"},
};

// "4.3 GB", as pages that offer downloads have it.
std::string size_text(std::uint64_t bytes) {
  constexpr std::uint64_t kMega = 1'000'000;
  char text[32];
  if (bytes < kMega)
    std::snprintf(text, sizeof text, "%llu bytes", static_cast<unsigned long long>(bytes));
  else
    std::snprintf(text, sizeof text, bytes < 1000 * kMega ? "%.1f MB" : "%.1f GB",
                  static_cast<double>(bytes) / (bytes < 1000 * kMega ? 1e6 : 1e9));
  return text;
}

// What a clone without Git LFS leaves: three lines of text.
std::optional<std::string> lfs_pointer(Text text) {
  if (!starts_with(text, "version https://git-lfs.github.com/spec/")) return std::nullopt;
  std::string what = "a Git LFS pointer, not the file itself";
  constexpr Text kSize = "\nsize ";
  std::uint64_t bytes = 0;
  if (const std::size_t at = text.find(kSize); at != Text::npos) {
    const Text digits = text.substr(at + kSize.size());
    if (std::from_chars(digits.data(), digits.data() + digits.size(), bytes).ec == std::errc())
      what += " (" + size_text(bytes) + ")";
  }
  return what + "; fetch it with git lfs pull";
}

// A protocol buffer that begins with ONNX's version, and with the name of the program that wrote it.
bool is_onnx(Text text) {
  constexpr std::size_t kBegin = 4, kLongestName = 64;
  if (text.size() < kBegin || text[0] != 8 || text[1] < 1 || text[1] > 20 || text[2] != 0x12) return false;
  const auto length = static_cast<unsigned char>(text[3]);
  const Text name = text.substr(kBegin, length);
  return length > 0 && length <= kLongestName && name.size() == length &&
         std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// The first character that is no space, of a file that is text.
char first_sign(Text text) {
  if (starts_with(text, "\xef\xbb\xbf")) text.remove_prefix(3);
  const std::size_t at = text.substr(0, 256).find_first_not_of(" \t\r\n");
  return at == Text::npos ? '\0' : text[at];
}

}  // namespace

std::optional<std::string> known_file(const Bytes& file) {
  const Text text = file.text();
  if (auto pointer = lfs_pointer(text)) return pointer;
  if (is_onnx(text)) return std::string("an ONNX model") + kPyTorch;
  for (const Magic& magic : kMagics)
    if (text.size() > magic.at && starts_with(text.substr(magic.at), magic.bytes)) {
      const std::string what = magic.what;
      return what + (ends_with(what, "archive") ? kUnpack : ends_with(what, "picture") ? "" : kPyTorch);
    }
  if (first_sign(text) == '<') return "a web page, not the file itself; was the download refused?";
  if (first_sign(text) == '{') return "a text in JSON: an index or a server's answer, not the weights themselves";
  return std::nullopt;
}

}  // namespace miafr
