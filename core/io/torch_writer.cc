// PyTorch's zip: archive/data.pkl describes the tensors, archive/data/N are their bytes, aligned so that they can be
// mapped. Every member is stored as it is.
#include <zlib.h>

#include <algorithm>

#include "core/io/format_writers.h"
#include "core/base/errors.h"

namespace miafr {
namespace {

std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * i & 0xFF);
  return text;
}

// ---- the pickle, protocol 2

const char* storage_class(DType dtype) {
  switch (dtype) {
    case DType::kBool:
      return "BoolStorage";
    case DType::kUint8:
      return "ByteStorage";
    case DType::kInt8:
      return "CharStorage";
    case DType::kInt16:
      return "ShortStorage";
    case DType::kInt32:
      return "IntStorage";
    case DType::kInt64:
      return "LongStorage";
    case DType::kFloat16:
      return "HalfStorage";
    case DType::kBfloat16:
      return "BFloat16Storage";
    case DType::kFloat32:
      return "FloatStorage";
    case DType::kFloat64:
      return "DoubleStorage";
    default:
      throw Error(std::string(name_of(dtype)) + " has no storage class in PyTorch; write .safetensors, or convert it");
  }
}

std::string text(const std::string& value) { return "X" + little_endian(value.size(), 4) + value; }

std::string whole(std::int64_t value) {
  if (value <= 0x7FFFFFFF) return "J" + little_endian(static_cast<std::uint64_t>(value), 4);
  return "\x8A\x08" + little_endian(static_cast<std::uint64_t>(value), 8);
}

std::string global(const std::string& module, const std::string& name) { return "c" + module + "\n" + name + "\n"; }

std::string ordered_dict() { return global("collections", "OrderedDict") + ")R"; }

std::string tuple(const std::vector<std::int64_t>& values) {
  std::string items = "(";
  for (const std::int64_t value : values) items += whole(value);
  return items + "t";
}

std::int64_t numel(const TensorToWrite& tensor) {
  std::int64_t count = 1;
  for (const std::int64_t side : tensor.shape) count *= side;
  return count;
}

// _rebuild_tensor_v2(storage, 0, shape, strides, requires_grad=False, OrderedDict())
std::string rebuilt(const TensorToWrite& tensor, std::size_t key) {
  const std::string storage = "(" + text("storage") + global("torch", storage_class(tensor.dtype)) +
                              text(std::to_string(key)) + text("cpu") + whole(numel(tensor)) + "tQ";
  return global("torch._utils", "_rebuild_tensor_v2") + "(" + storage + whole(0) + tuple(tensor.shape) +
         tuple(contiguous_strides(tensor.shape)) + "\x89" + ordered_dict() + "tR";
}

std::string pickled(const std::vector<TensorToWrite>& tensors, const std::map<std::string, std::string>& metadata) {
  std::string pickle = "\x80\x02}(" + text("state_dict") + ordered_dict() + "(";
  for (std::size_t i = 0; i < tensors.size(); ++i) pickle += text(tensors[i].name) + rebuilt(tensors[i], i);
  pickle += "u";
  for (const auto& [key, value] : metadata) pickle += text(key) + text(value);
  return pickle + "u.";
}

// ---- the archive

constexpr std::uint64_t kMax32 = 0xFFFFFFFF;  // from here on a field says "look into the zip64 record"
constexpr std::uint64_t kMax16 = 0xFFFF;

std::uint64_t limited(std::uint64_t value, std::uint64_t max) { return std::min(value, max); }

class Archive {
 public:
  explicit Archive(AtomicFile& file) : file_(file) {}

  void add(const std::string& name, const std::string& bytes) { add(name, bytes.size(), bytes.data()); }

  void add(const std::string& name, std::uint64_t size, const void* data) {
    begin(name, size);
    append(data, size);
  }

  // A member in two steps, so that the tensor is asked for only when everything before it is written.
  void begin(const std::string& name, std::uint64_t size);
  void append(const void* data, std::uint64_t size);

  void finish();

 private:
  struct Member {
    std::string name;
    std::uint64_t offset, size;
    std::uint32_t crc;
  };

  static std::string central_record(const Member& member);

  AtomicFile& file_;
  std::vector<Member> members_;
};

// What the record of a member has in both places, from the version needed to the size.
std::string common_fields(std::uint64_t size, std::uint32_t crc, bool zip64) {
  const int version = zip64 ? 45 : 20;
  const int january_1980 = 1 << 5 | 1;  // no clock: the same tensors make the same file
  return little_endian(version, 2) + little_endian(0, 2) + little_endian(0, 2) + little_endian(0, 2) +
         little_endian(january_1980, 2) + little_endian(crc, 4) + little_endian(limited(size, kMax32), 4) +
         little_endian(limited(size, kMax32), 4);
}

void Archive::begin(const std::string& name, std::uint64_t size) {
  constexpr std::uint64_t kAlignment = 64, kFixed = 30, kExtraHeader = 4;
  const bool zip64 = size >= kMax32;
  std::string extra;
  if (zip64) extra = little_endian(1, 2) + little_endian(16, 2) + little_endian(size, 8) + little_endian(size, 8);
  const std::uint64_t start = file_.size() + kFixed + name.size() + extra.size() + kExtraHeader;
  const std::uint64_t padding = (kAlignment - start % kAlignment) % kAlignment;
  extra += "FB" + little_endian(padding, 2) + std::string(padding, 'Z');  // as PyTorch names and fills it
  members_.push_back({name, file_.size(), size, 0});
  file_.write("PK\3\4" + common_fields(size, 0, zip64) + little_endian(name.size(), 2) +
              little_endian(extra.size(), 2) + name + extra);
}

void Archive::append(const void* data, std::uint64_t size) {
  constexpr std::uint64_t kChunk = 1 << 20, kCrcAt = 14;  // a chunk is still in the cache when it is written
  Member& member = members_.back();
  const auto* from = static_cast<const Bytef*>(data);
  uLong crc = crc32(0, nullptr, 0);
  for (std::uint64_t done = 0; done < size; done += kChunk) {
    const std::uint64_t count = std::min(kChunk, size - done);
    crc = crc32(crc, from + done, static_cast<uInt>(count));
    file_.write(from + done, count);
  }
  member.crc = static_cast<std::uint32_t>(crc);
  file_.overwrite(member.offset + kCrcAt, little_endian(member.crc, 4));
}

std::string Archive::central_record(const Member& member) {
  std::string zip64;
  if (member.size >= kMax32) zip64 += little_endian(member.size, 8) + little_endian(member.size, 8);
  if (member.offset >= kMax32) zip64 += little_endian(member.offset, 8);
  const std::string extra = zip64.empty() ? "" : little_endian(1, 2) + little_endian(zip64.size(), 2) + zip64;
  const int made_by = 45;
  return "PK\1\2" + little_endian(made_by, 2) + common_fields(member.size, member.crc, !zip64.empty()) +
         little_endian(member.name.size(), 2) + little_endian(extra.size(), 2) + little_endian(0, 2) +
         little_endian(0, 2) + little_endian(0, 2) + little_endian(0, 4) +
         little_endian(limited(member.offset, kMax32), 4) + member.name + extra;
}

void Archive::finish() {
  const std::uint64_t offset = file_.size(), count = members_.size();
  std::string index;
  for (const Member& member : members_) index += central_record(member);
  std::string end;
  if (count >= kMax16 || offset >= kMax32 || index.size() >= kMax32) {
    const std::uint64_t record = offset + index.size();
    end = "PK\6\6" + little_endian(44, 8) + little_endian(45, 2) + little_endian(45, 2) + little_endian(0, 8) +
          little_endian(count, 8) + little_endian(count, 8) + little_endian(index.size(), 8) +
          little_endian(offset, 8) + "PK\6\7" + little_endian(0, 4) + little_endian(record, 8) + little_endian(1, 4);
  }
  end += "PK\5\6" + little_endian(0, 4) + little_endian(limited(count, kMax16), 2) +
         little_endian(limited(count, kMax16), 2) + little_endian(limited(index.size(), kMax32), 4) +
         little_endian(limited(offset, kMax32), 4) + little_endian(0, 2);
  file_.write(index + end);
}

}  // namespace

void write_torch_to(AtomicFile& file, const std::vector<TensorToWrite>& tensors,
                    const std::map<std::string, std::string>& metadata) {
  Archive archive(file);
  archive.add("archive/data.pkl", pickled(tensors, metadata));
  archive.add("archive/version", "3\n");
  archive.add("archive/byteorder", "little");
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::uint64_t size = static_cast<std::uint64_t>(numel(tensors[i])) * size_of(tensors[i].dtype);
    archive.begin("archive/data/" + std::to_string(i), size);
    archive.append(tensors[i].values().data.get(), size);
  }
  archive.finish();
}

}  // namespace miafr
