// safetensors: the header's length in 8 bytes, the header in JSON, the tensors one after the other.
#include <nlohmann/json.hpp>

#include "core/io/format_writers.h"
#include "core/base/errors.h"

namespace miafr {
namespace {

const char* safetensors_name(DType dtype) {
  switch (dtype) {
    case DType::kBool:
      return "BOOL";
    case DType::kUint8:
      return "U8";
    case DType::kUint16:
      return "U16";
    case DType::kUint32:
      return "U32";
    case DType::kUint64:
      return "U64";
    case DType::kInt8:
      return "I8";
    case DType::kInt16:
      return "I16";
    case DType::kInt32:
      return "I32";
    case DType::kInt64:
      return "I64";
    case DType::kFloat8E4m3:
      return "F8_E4M3";
    case DType::kFloat8E5m2:
      return "F8_E5M2";
    case DType::kFloat16:
      return "F16";
    case DType::kBfloat16:
      return "BF16";
    case DType::kFloat32:
      return "F32";
    case DType::kFloat64:
      return "F64";
  }
  throw Error("unknown dtype");
}

std::uint64_t bytes_of(const TensorToWrite& tensor) {
  std::uint64_t bytes = size_of(tensor.dtype);
  for (const std::int64_t side : tensor.shape) bytes *= static_cast<std::uint64_t>(side);
  return bytes;
}

// Piece by piece, because a JSON object of the library would sort the names.
std::string header_of(const std::vector<TensorToWrite>& tensors, const std::map<std::string, std::string>& metadata) {
  using nlohmann::json;
  std::string header = "{";
  if (!metadata.empty()) header += "\"__metadata__\":" + json(metadata).dump();
  std::uint64_t offset = 0;
  for (const TensorToWrite& tensor : tensors) {
    const std::uint64_t end = offset + bytes_of(tensor);
    header += (header.size() > 1 ? "," : "") + json(tensor.name).dump() + ":{\"dtype\":\"" +
              safetensors_name(tensor.dtype) + "\",\"shape\":" + json(tensor.shape).dump() + ",\"data_offsets\":[" +
              std::to_string(offset) + "," + std::to_string(end) + "]}";
    offset = end;
  }
  header += "}";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  return header;
}

}  // namespace

void write_safetensors_to(AtomicFile& file, const std::vector<TensorToWrite>& tensors,
                          const std::map<std::string, std::string>& metadata) {
  const std::string header = header_of(tensors, metadata);
  std::string length;
  for (int i = 0; i < 8; ++i) length += static_cast<char>(header.size() >> 8 * i & 0xFF);
  file.write(length + header);
  for (const TensorToWrite& tensor : tensors) file.write(tensor.values().data.get(), bytes_of(tensor));
}

}  // namespace miafr
