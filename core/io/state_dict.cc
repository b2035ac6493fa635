#include "core/io/state_dict.h"

#include <algorithm>
#include <cstdio>

#include "core/base/errors.h"

namespace miafr {
namespace {

using pickle::Value;

std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

constexpr int kMaxDepth = 32;
constexpr std::size_t kMaxText = 4096;         // of a value that becomes metadata
constexpr std::size_t kMaxTensors = 100'000;   // names, since a few containers that share each other make many
constexpr std::size_t kMaxAllText = 16 << 20;  // of names and metadata together

struct Placed {
  std::int64_t begin = 0, end = 0;  // bytes
};

class Filler {
 public:
  Filler(const std::shared_ptr<const pickle::Arena>& arena, const StorageReader& read_storage, Checkpoint& checkpoint)
      : arena_(arena), read_storage_(read_storage), checkpoint_(checkpoint) {}

  void add(const std::string& name, const Value& value, int depth = 0) {
    if (depth > kMaxDepth) throw Error("its values are nested too deep, or one holds itself");
    if (++visited_ > kMaxVisited) throw Error("its values share each other without end");
    switch (value.kind) {
      case Value::kTensor:
        add_tensor(name, value);
        break;
      case Value::kDict:
        for (std::size_t i = 0; i + 1 < value.items.size(); i += 2)
          add(joined(name, key_of(*value.items[i]), depth), *value.items[i + 1], depth + 1);
        break;
      case Value::kList:
      case Value::kTuple:
        for (std::size_t i = 0; i < value.items.size(); ++i)
          add(joined(name, std::to_string(i), depth), *value.items[i], depth + 1);
        break;
      case Value::kBool:
        add_text(name, value.integer ? "true" : "false");
        break;
      case Value::kInt:
        add_text(name, std::to_string(value.integer));
        break;
      case Value::kFloat:
        add_text(name, short_number(value.real));
        break;
      case Value::kText:
        add_text(name, value.text);
        break;
      default:
        break;
    }
  }

 private:
  static constexpr std::size_t kMaxVisited = 400'000;

  static std::string key_of(const Value& key) {
    return key.is(Value::kText) || key.is(Value::kGlobal) ? key.text
           : key.is(Value::kInt)                          ? std::to_string(key.integer)
                                                          : "?";
  }

  static std::string joined(const std::string& name, const std::string& key, int depth) {
    if (name.size() + key.size() > kMaxText) throw Error("it holds a name of more than 4096 bytes");
    return depth == 0 ? (key == "state_dict" ? "" : key) : name.empty() ? key : name + "." + key;
  }

  void add_text(const std::string& name, const std::string& text) {
    if (text.size() > kMaxText || checkpoint_.metadata.size() >= 10'000) return;
    spend(name.size() + text.size());
    checkpoint_.metadata[name] = text;
  }

  void spend(std::size_t bytes) {
    text_ += bytes;
    if (text_ > kMaxAllText) throw Error("its names and plain values are more than 16 MiB");
  }

  // The bytes that the tensor's elements reach in its storage; nothing where it reaches outside.
  static std::optional<Placed> place(const Value& tensor) {
    const Value& storage = *tensor.storage;
    const auto span = span_of(tensor.info);
    const auto item = static_cast<std::int64_t>(size_of(tensor.info.dtype));
    if (!span || tensor.offset < 0) return std::nullopt;
    if (*span == 0) return Placed{};
    Placed placed;
    if (tensor.offset > storage.numel || *span > storage.numel - tensor.offset ||
        __builtin_add_overflow(tensor.offset, storage.offset, &placed.begin) ||
        __builtin_add_overflow(placed.begin, *span, &placed.end) ||
        __builtin_mul_overflow(placed.begin, item, &placed.begin) ||
        __builtin_mul_overflow(placed.end, item, &placed.end))
      return std::nullopt;
    return placed;
  }

  void add_tensor(const std::string& name, const Value& value) {
    spend(name.size());
    if (checkpoint_.entries.size() >= kMaxTensors) throw Error("it holds more than 100000 tensors");
    const std::string tensor = "tensor \"" + name + "\": ";
    const Value& storage = *value.storage;
    const auto placed = place(value);
    if (!placed)
      throw Error(tensor + "shape " + to_text(value.info.shape) + " with strides " + to_text(value.info.strides) +
                  " reaches outside its storage of " + std::to_string(storage.numel) + " elements");
    Bytes bytes;
    if (storage.inside) {  // a numpy array; the arena keeps its bytes
      bytes = {std::shared_ptr<const std::byte>(arena_, reinterpret_cast<const std::byte*>(storage.text.data())),
               storage.text.size()};
    } else if (placed->end > 0) {
      try {
        bytes = read_storage_(storage.text, static_cast<std::size_t>(placed->end));
      } catch (const Error& e) {
        throw Error(tensor + e.what());
      }
    }
    TensorView view;
    static_cast<TensorInfo&>(view) = value.info;
    view.data = bytes.part(placed->begin, 0).data;
    checkpoint_.entries[name] = {value.info, [view] { return view; }};
  }

  const std::shared_ptr<const pickle::Arena>& arena_;
  const StorageReader& read_storage_;
  Checkpoint& checkpoint_;
  std::size_t visited_ = 0;
  std::size_t text_ = 0;
};

}  // namespace

void fill_from_pickle(const pickle::Result& result, const std::shared_ptr<const pickle::Arena>& arena,
                      const StorageReader& read_storage, Checkpoint& checkpoint) {
  checkpoint.skipped = result.skipped;
  Filler(arena, read_storage, checkpoint).add("", *result.value);
  if (!checkpoint.entries.empty()) return;
  std::string text = "it holds no tensors";
  if (!result.skipped.empty()) text += "; objects of unknown classes were left out: " + result.skipped.front();
  throw Error(text);
}

}  // namespace miafr
