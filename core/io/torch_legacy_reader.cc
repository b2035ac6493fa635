#include "core/io/torch_legacy_reader.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "core/io/state_dict.h"
#include "core/base/errors.h"
#include "core/base/text.h"

namespace miafr {
namespace {

using pickle::Value;

// The magic number and the version are pickles of their own.
constexpr std::string_view kMagicInText = "L119547037146038801333356L\n.";
constexpr std::string_view kMagic("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 13);
constexpr std::int64_t kProtocolVersion = 1001;
constexpr std::size_t kMaxPickle = 64 << 20;

// Bytes of the pickle of the magic number, 0 where the file does not begin with it.
std::size_t magic_length(std::string_view text) {
  if (starts_with(text, kMagicInText)) return kMagicInText.size();  // protocols 0 and 1
  std::size_t at = 2;                                               // PROTO
  if (text.size() > at && text[at] == '\x95') at += 9;              // FRAME, since protocol 4
  return text.size() > at && starts_with(text.substr(at), kMagic) ? at + kMagic.size() : 0;
}

class Stream {
 public:
  Stream(const Bytes& file, std::size_t at) : file_(file), at_(at) {}

  pickle::Result pickle(pickle::Arena& arena) {
    const pickle::Result result = pickle::read(file_.part(at_, std::min(file_.size - at_, kMaxPickle)), arena);
    at_ += result.size;
    return result;
  }

  Bytes take(std::uint64_t size) {
    if (size > file_.size - at_) throw Error("the file is cut off in its tensors");
    const Bytes part = file_.part(at_, size);
    at_ += size;
    return part;
  }

 private:
  const Bytes& file_;
  std::size_t at_;
};

// Bytes of an element of every storage that the pickle names, also where no tensor of ours uses it, by key.
std::map<std::string, std::size_t> item_sizes_of(const pickle::Arena& arena) {
  std::map<std::string, std::size_t> sizes;
  for (const Value& value : arena.values())
    if (value.is(Value::kStorage) && !value.inside) sizes.emplace(value.text, size_of(value.info.dtype));
  return sizes;
}

std::map<std::string, Bytes> take_storages(Stream& stream, const Value& keys, const pickle::Arena& arena) {
  const auto item_sizes = item_sizes_of(arena);
  std::map<std::string, Bytes> storages;
  for (const Value* key : keys.items) {
    const Bytes head = stream.take(8);
    std::int64_t numel = 0, size = 0;
    std::memcpy(&numel, head.data.get(), 8);
    const auto item = item_sizes.find(key->text);
    if (item == item_sizes.end())
      throw Error("its storage " + key->text + " belongs to no tensor, so its size is not known");
    if (numel < 0 || __builtin_mul_overflow(numel, static_cast<std::int64_t>(item->second), &size))
      throw Error("its storage " + key->text + " has an impossible size");
    storages[key->text] = stream.take(size);
  }
  return storages;
}

void check_system(const Value& version, const Value& system) {
  if (!version.is(Value::kInt) || version.integer != kProtocolVersion) throw Error("its protocol version is not 1001");
  const Value* little = system.find("little_endian");
  if (little != nullptr && little->integer == 0) throw Error("its byte order is not little-endian");
}

}  // namespace

bool looks_like_pickle(const Bytes& file) {
  return starts_with(file.text(), kMagicInText) ||
         (file.size >= 2 && file.text()[0] == '\x80' && static_cast<unsigned char>(file.text()[1]) <= 5);
}

void read_torch_legacy(const Bytes& file, Checkpoint& checkpoint) {
  const std::size_t magic = magic_length(file.text());
  if (magic == 0) throw Error("a pickle that torch.save did not write; nothing of it was run");
  Stream stream(file, magic);
  const auto arena = std::make_shared<pickle::Arena>();
  const Value& version = *stream.pickle(*arena).value;
  check_system(version, *stream.pickle(*arena).value);
  const pickle::Result result = stream.pickle(*arena);
  const Value& keys = *stream.pickle(*arena).value;
  const std::map<std::string, Bytes> storages = take_storages(stream, keys, *arena);
  const StorageReader read_storage = [&](const std::string& key, std::size_t size) {
    const auto found = storages.find(key);
    if (found == storages.end()) throw Error("its storage " + key + " is missing");
    if (found->second.size < size) throw Error("its storage " + key + " is too short");
    return found->second;
  };
  fill_from_pickle(result, arena, read_storage, checkpoint);
  checkpoint.format = "PyTorch legacy";
}

}  // namespace miafr
