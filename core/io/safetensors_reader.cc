#include "core/io/safetensors_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/io/guarded_json.h"
#include "core/base/errors.h"

namespace miafr {
namespace {

using nlohmann::json;

constexpr std::uint64_t kMaxHeader = 100'000'000;  // as the reference implementation has it
constexpr int kMaxDepth = 4;                       // {"name": {"shape": [ … is 3

std::uint64_t header_length(const Bytes& file) {
  std::uint64_t length = 0;
  std::memcpy(&length, file.data.get(), sizeof length);
  return length;
}

json parse_header(const Bytes& file) {
  if (file.size < 8) throw Error("too short for a safetensors file (" + std::to_string(file.size) + " bytes)");
  const std::uint64_t length = header_length(file);
  if (length > kMaxHeader)
    throw Error("its header claims " + std::to_string(length) + " bytes; at most 100 MB are allowed");
  if (length > file.size - 8)
    throw Error("cut off in its header, which needs " + std::to_string(length) + " bytes of " +
                std::to_string(file.size - 8));
  const std::string_view text = file.part(8, length).text();
  if (text.empty() || text.front() != '{') throw Error("its header does not begin with a JSON object");
  json header = parse_guarded(text, "its header", kMaxDepth);
  if (!header.is_object()) throw Error("its header is not a JSON object");
  return header;
}

DType dtype_of(const std::string& name) {
  static const auto& known = *new std::map<std::string, DType>{
      {"BOOL", DType::kBool},          {"U8", DType::kUint8},           {"U16", DType::kUint16},
      {"U32", DType::kUint32},         {"U64", DType::kUint64},         {"I8", DType::kInt8},
      {"I16", DType::kInt16},          {"I32", DType::kInt32},          {"I64", DType::kInt64},
      {"F8_E4M3", DType::kFloat8E4m3}, {"F8_E5M2", DType::kFloat8E5m2}, {"F16", DType::kFloat16},
      {"BF16", DType::kBfloat16},      {"F32", DType::kFloat32},        {"F64", DType::kFloat64}};
  const auto found = known.find(name);
  if (found == known.end()) throw Error("dtype \"" + name + "\" is not supported");
  return found->second;
}

std::int64_t whole(const json& number, const std::string& what) {
  if (!number.is_number_integer() || number < 0 || number > std::int64_t{1} << 62)
    throw Error(what + " is not a whole number from 0");
  return number.get<std::int64_t>();
}

struct Placed {
  std::int64_t begin, end;
  std::string name;
};

// Where the tensor lies in the data; its info goes to `info`.
Placed place(const std::string& name, const json& entry, std::int64_t data_size, TensorInfo& info) {
  const std::string tensor = "tensor \"" + name + "\": ";
  if (!entry.is_object() || !entry.contains("dtype") || !entry["dtype"].is_string() || !entry.contains("shape") ||
      !entry["shape"].is_array() || !entry.contains("data_offsets") || !entry["data_offsets"].is_array() ||
      entry["data_offsets"].size() != 2)
    throw Error(tensor + "its header entry needs dtype, shape and two data_offsets");
  try {
    info.dtype = dtype_of(entry["dtype"]);
  } catch (const Error& e) {
    throw Error(tensor + e.what());
  }
  std::int64_t bytes = static_cast<std::int64_t>(size_of(info.dtype));
  for (const json& side : entry["shape"]) {
    info.shape.push_back(whole(side, tensor + "its shape"));
    if (__builtin_mul_overflow(bytes, info.shape.back(), &bytes)) throw Error(tensor + "its shape is too large");
  }
  info.strides = contiguous_strides(info.shape);
  if (!span_of(info)) throw Error(tensor + "its shape is too large");
  const std::int64_t begin = whole(entry["data_offsets"][0], tensor + "data_offsets"),
                     end = whole(entry["data_offsets"][1], tensor + "data_offsets");
  if (begin > end) throw Error(tensor + "its data ends before it begins");
  if (end > data_size)
    throw Error(tensor + "its data lies outside the file, which may be cut off (" + std::to_string(end) + " of " +
                std::to_string(data_size) + " bytes)");
  if (end - begin != bytes)
    throw Error(tensor + "shape " + to_text(info.shape) + " needs " + std::to_string(bytes) + " bytes and has " +
                std::to_string(end - begin));
  return {begin, end, name};
}

void check_cover(std::vector<Placed> placed, std::int64_t data_size) {
  std::sort(placed.begin(), placed.end(),
            [](const Placed& a, const Placed& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
  std::int64_t end = 0;
  for (const Placed& tensor : placed) {
    if (tensor.begin != end)
      throw Error("tensor \"" + tensor.name + "\": its data " +
                  (tensor.begin < end ? "overlaps another's" : "follows a hole"));
    end = tensor.end;
  }
  if (end != data_size) throw Error(std::to_string(data_size - end) + " bytes after the last tensor");
}

std::map<std::string, std::string> read_metadata(const json& entry) {
  std::map<std::string, std::string> metadata;
  if (entry.is_null()) return metadata;  // as the reference implementation takes it
  if (!entry.is_object()) throw Error("its __metadata__ is not a JSON object");
  for (const auto& [key, value] : entry.items()) {
    if (!value.is_string()) throw Error("its __metadata__ has a value that is no text, \"" + key + "\"");
    metadata[key] = value;
  }
  return metadata;
}

}  // namespace

bool looks_like_safetensors(const Bytes& file) {
  return file.size >= 9 && file.text()[8] == '{' && header_length(file) <= kMaxHeader;
}

void read_safetensors(const Bytes& file, Checkpoint& checkpoint) {
  const json header = parse_header(file);
  const std::size_t start = 8 + header_length(file);
  const auto data_size = static_cast<std::int64_t>(file.size - start);
  std::vector<Placed> placed;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      checkpoint.metadata = read_metadata(entry);
      continue;
    }
    TensorView view;
    placed.push_back(place(name, entry, data_size, view));
    view.data = file.part(start + placed.back().begin, 0).data;
    checkpoint.entries[name] = {view, [view] { return view; }};
  }
  if (placed.empty()) throw Error("it holds no tensors");
  check_cover(std::move(placed), data_size);
  checkpoint.format = "safetensors";
}

}  // namespace miafr
