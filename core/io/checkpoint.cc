#include "core/io/checkpoint.h"

#include <new>

#include "core/io/bytes.h"
#include "core/io/diffusers_folder.h"
#include "core/io/known_files.h"
#include "core/io/safetensors_reader.h"
#include "core/io/torch_legacy_reader.h"
#include "core/io/torch_zip_reader.h"
#include "core/base/errors.h"

namespace miafr {
namespace {

constexpr std::size_t kLongestReason = 600;  // bytes; names come from the file

// Names in a file may hold anything, and a message is one line of a terminal.
std::string printable(const std::string& text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string line;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool continues = (c & 0xc0) == 0x80;
    if (line.size() >= kLongestReason && !continues) return line + "...";
    if (c < 0x20 || c == 0x7f)
      line += {'\\', 'x', kDigits[c >> 4], kDigits[c & 15]};
    else
      line += text[i];
  }
  return line;
}

bool is_tar(const Bytes& file) {
  constexpr std::size_t kMagicAt = 257;  // "ustar", in the first header
  return file.size > kMagicAt && file.text().substr(kMagicAt, 5) == "ustar";
}

void read_file(const Bytes& file, Checkpoint& checkpoint) {
  if (looks_like_zip(file)) return read_torch_zip(file, checkpoint);
  // A header of 128 bytes is 80 00 00 … and would begin like a pickle, too.
  if (looks_like_safetensors(file)) return read_safetensors(file, checkpoint);
  if (looks_like_pickle(file)) return read_torch_legacy(file, checkpoint);
  if (const auto known = known_file(file)) throw Error(*known);
  if (checkpoint.path.extension() == ".safetensors") return read_safetensors(file, checkpoint);
  if (is_tar(file))
    throw Error("a tar file, as PyTorch wrote before 0.1.10; load it and save it again with torch.save");
  throw Error("neither safetensors nor a checkpoint of PyTorch");
}

}  // namespace

TensorView Checkpoint::read(const std::string& name) const {
  const auto found = entries.find(name);
  if (found == entries.end()) throw Error(path.string() + ": no tensor " + name);
  return found->second.read();
}

void Checkpoint::release_pages() const {
  for (const Bytes& file : files) miafr::release_pages(file.data, file.size);
}

Checkpoint open_checkpoint(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return open_diffusers_folder(path);
  Checkpoint checkpoint;
  checkpoint.path = path;
  const Bytes file = map_file(path);
  try {
    read_file(file, checkpoint);
    checkpoint.files = {file};
  } catch (const Error& e) {
    throw Error(path.string() + ": " + printable(e.what()));
  } catch (const std::bad_alloc&) {
    throw Error(path.string() + ": not enough memory to read its index");
  }
  return checkpoint;
}

}  // namespace miafr
