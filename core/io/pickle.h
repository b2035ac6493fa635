// Reads Python's pickles without ever calling anything. Numbers, text, containers, PyTorch's tensors and numpy's arrays
// are built; what any other class or function would have made stays an opaque value that carries its name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "core/io/bytes.h"
#include "core/io/tensor_view.h"

namespace miafr::pickle {

struct Value;
using Items = std::vector<Value*>;

struct Value {
  enum Kind { kNone, kBool, kInt, kFloat, kText, kBytes, kTuple, kList, kDict, kGlobal, kOpaque, kStorage, kTensor };
  Kind kind = kNone;
  std::int64_t integer = 0;  // kBool, kInt
  double real = 0;           // kFloat
  std::string text;          // kText, kBytes; kGlobal and kOpaque: "module.Class"; kStorage: its key
  Items items;               // kTuple, kList; kDict: key, value, key, value, …

  // kStorage: dtype and the number of elements. kTensor: info too, and the storage with the first element's index.
  TensorInfo info;
  std::int64_t numel = 0;
  std::int64_t offset = 0;
  bool inside = false;  // kStorage: its bytes are `text`, not elsewhere in the file
  const Value* storage = nullptr;

  const Value* find(const std::string& key) const;  // kDict; nullptr where it has no such key
  bool is(Kind wanted) const { return kind == wanted; }
};

// Owns every value of a file: values may point at each other in circles.
class Arena {
 public:
  Value* make(Value::Kind kind);
  const std::deque<Value>& values() const { return values_; }

 private:
  std::deque<Value> values_;
};

struct Result {
  const Value* value;
  std::size_t size;                  // bytes of the pickle, up to and with its STOP
  std::vector<std::string> skipped;  // classes that became opaque, each once
};

// Reads the pickle that the bytes begin with. Throws Error: what is wrong with it, without the file's name.
Result read(const Bytes& bytes, Arena& arena);

}  // namespace miafr::pickle
