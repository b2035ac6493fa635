#include "core/io/checkpoint_writer.h"

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/io/format_writers.h"
#include "core/base/errors.h"
#include "core/base/utf8.h"

namespace miafr {

namespace {

using Metadata = std::map<std::string, std::string>;
using FormatWriter = void (*)(AtomicFile&, const std::vector<TensorToWrite>&, const Metadata&);

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& reason) {
  throw Error(path.string() + ": cannot be written: " + reason);
}

std::string quoted(const std::string& name) {
  return nlohmann::json(name).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::uint64_t bytes_of(const std::filesystem::path& path, const TensorToWrite& tensor) {
  auto bytes = static_cast<std::int64_t>(size_of(tensor.dtype));
  for (const std::int64_t side : tensor.shape)
    if (side < 0 || __builtin_mul_overflow(bytes, side, &bytes))
      refuse(path, "tensor " + quoted(tensor.name) + " has the impossible shape " + to_text(tensor.shape));
  return static_cast<std::uint64_t>(bytes);
}

// The tensors, their values checked against what was announced when their turn comes.
std::vector<TensorToWrite> checked(const std::filesystem::path& path, const std::vector<TensorToWrite>& tensors) {
  std::vector<TensorToWrite> result = tensors;
  for (TensorToWrite& tensor : result)
    tensor.values = [&path, name = tensor.name, dtype = tensor.dtype, shape = tensor.shape, values = tensor.values] {
      TensorView view = values();
      const std::string who = "tensor " + quoted(name);
      if (view.dtype != dtype || view.shape != shape)
        refuse(path, who + " was announced as " + name_of(dtype) + " " + to_text(shape) + " and its values are " +
                         name_of(view.dtype) + " " + to_text(view.shape));
      if (view.strides.size() != shape.size() || !view.contiguous()) refuse(path, who + " is not contiguous");
      if (view.numel() > 0 && view.data == nullptr) refuse(path, who + " has no values");
      return view;
    };
  return result;
}

std::uint64_t check_names(const std::filesystem::path& path, const std::vector<TensorToWrite>& tensors,
                          const Metadata& metadata, const std::string& reserved) {
  std::set<std::string> names;
  std::uint64_t bytes = 0;
  for (const TensorToWrite& tensor : tensors) {
    if (!is_utf8(tensor.name)) refuse(path, "the name " + quoted(tensor.name) + " is not UTF-8");
    if (!names.insert(tensor.name).second) refuse(path, "two tensors have the name " + quoted(tensor.name));
    bytes += bytes_of(path, tensor);
  }
  for (const auto& [key, text] : metadata)
    if (!is_utf8(key) || !is_utf8(text)) refuse(path, "the metadata " + quoted(key) + " is not UTF-8");
  if (names.count(reserved) + metadata.count(reserved) > 0)
    refuse(path, "the name " + quoted(reserved) + " has a meaning in this format");
  return bytes;
}

void write(const std::filesystem::path& path, const std::vector<TensorToWrite>& tensors, const Metadata& metadata,
           const std::string& reserved, FormatWriter format) {
  const std::uint64_t bytes = check_names(path, tensors, metadata, reserved);
  AtomicFile file(path, bytes);
  format(file, checked(path, tensors), metadata);
  file.commit();
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, const std::vector<TensorToWrite>& tensors,
                       const Metadata& metadata) {
  write(path, tensors, metadata, "__metadata__", write_safetensors_to);
}

void write_torch(const std::filesystem::path& path, const std::vector<TensorToWrite>& tensors,
                 const Metadata& metadata) {
  write(path, tensors, metadata, "state_dict", write_torch_to);
}

}  // namespace miafr
