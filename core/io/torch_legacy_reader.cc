#include "core/io/torch_legacy_reader.h"

#include <cstring>
#include <map>
#include <set>

#include "core/io/state_dict.h"
#include "core/runtime/errors.h"

namespace miafr {
namespace {

using pickle::Value;

// The magic number is a long of 10 bytes, the version is 1001; both are pickles of their own.
constexpr std::string_view kMagic("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
constexpr std::int64_t kProtocolVersion = 1001;

class Stream {
 public:
  explicit Stream(const Bytes& file) : file_(file) {}

  pickle::Result pickle(pickle::Arena& arena) {
    const pickle::Result result = pickle::read(file_.part(at_, file_.size - at_), arena);
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
  std::size_t at_ = 0;
};

// The dtype of every storage that the values refer to, by key.
void collect(const Value& value, std::map<std::string, std::size_t>& item_sizes, std::set<const Value*>& seen,
             int depth = 0) {
  if (depth > 64 || !seen.insert(&value).second) return;  // too deep: fill_from_pickle says so
  if (value.is(Value::kTensor)) item_sizes[value.storage->text] = size_of(value.storage->info.dtype);
  for (const Value* item : value.items) collect(*item, item_sizes, seen, depth + 1);
}

}  // namespace

bool looks_like_pickle(const Bytes& file) {
  return file.size >= 2 && file.text()[0] == '\x80' && static_cast<unsigned char>(file.text()[1]) <= 5;
}

void read_torch_legacy(const Bytes& file, Checkpoint& checkpoint) {
  if (file.text().substr(0, kMagic.size()) != kMagic)
    throw Error("a pickle that torch.save did not write; nothing of it was run");
  Stream stream(file);
  const auto arena = std::make_shared<pickle::Arena>();
  stream.pickle(*arena);  // the magic number
  const Value* version = stream.pickle(*arena).value;
  if (!version->is(Value::kInt) || version->integer != kProtocolVersion)
    throw Error("its protocol version is not 1001");
  const Value* system = stream.pickle(*arena).value;
  const Value* little = system->find("little_endian");
  if (little != nullptr && little->integer == 0) throw Error("its byte order is not little-endian");
  const pickle::Result result = stream.pickle(*arena);
  const Value* keys = stream.pickle(*arena).value;
  std::map<std::string, std::size_t> item_sizes;
  std::set<const Value*> seen;
  collect(*result.value, item_sizes, seen);
  std::map<std::string, Bytes> storages;
  for (const Value* key : keys->items) {
    const Bytes head = stream.take(8);
    std::int64_t numel = 0;
    std::memcpy(&numel, head.data.get(), 8);
    const auto item = item_sizes.find(key->text);
    if (item == item_sizes.end())
      throw Error("its storage " + key->text + " belongs to no tensor, so its size is not known");
    std::int64_t size = 0;
    if (numel < 0 || __builtin_mul_overflow(numel, static_cast<std::int64_t>(item->second), &size))
      throw Error("its storage " + key->text + " has an impossible size");
    storages[key->text] = stream.take(size);
  }
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
