#include "core/io/checkpoint.h"

#include "core/io/bytes.h"
#include "core/io/safetensors_reader.h"
#include "core/io/torch_legacy_reader.h"
#include "core/io/torch_zip_reader.h"
#include "core/runtime/errors.h"

namespace miafr {
namespace {

void read_file(const Bytes& file, Checkpoint& checkpoint) {
  if (looks_like_zip(file)) return read_torch_zip(file, checkpoint);
  if (looks_like_pickle(file)) return read_torch_legacy(file, checkpoint);
  if (looks_like_safetensors(file) || checkpoint.path.extension() == ".safetensors")
    return read_safetensors(file, checkpoint);
  throw Error("neither safetensors nor a checkpoint of PyTorch" +
              std::string(file.text().front() == '<' ? "; it looks like a web page, was the download refused?" : ""));
}

}  // namespace

TensorView Checkpoint::read(const std::string& name) const {
  const auto found = entries.find(name);
  if (found == entries.end()) throw Error(path.string() + ": no tensor " + name);
  return found->second.read();
}

Checkpoint open_checkpoint(const std::filesystem::path& path) {
  Checkpoint checkpoint;
  checkpoint.path = path;
  const Bytes file = map_file(path);
  try {
    read_file(file, checkpoint);
  } catch (const Error& e) {
    throw Error(path.string() + ": " + e.what());
  }
  return checkpoint;
}

}  // namespace miafr
