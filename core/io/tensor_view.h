// A tensor that lies in a file: what it is, and where its bytes are. Free of LibTorch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace miafr {

enum class DType {
  kBool,
  kUint8,
  kUint16,
  kUint32,
  kUint64,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kFloat8E4m3,
  kFloat8E5m2,
  kFloat16,
  kBfloat16,
  kFloat32,
  kFloat64
};

// The number of bytes of one element.
std::size_t size_of(DType dtype);

// "float32", as PyTorch and the command line spell it.
const char* name_of(DType dtype);

// What is known of a tensor without reading its values.
struct TensorInfo {
  DType dtype = DType::kFloat32;
  std::vector<std::int64_t> shape;    // empty: a scalar
  std::vector<std::int64_t> strides;  // in elements; a view of a larger storage need not be contiguous

  std::int64_t numel() const;
  bool contiguous() const;
};

// A tensor with its values. `data` is the first element and keeps whatever holds it (a mapped file, an inflated buffer)
// alive; every element that shape and strides reach was checked to lie inside. Read-only, and not always aligned.
struct TensorView : TensorInfo {
  std::shared_ptr<const std::byte> data;
};

// The number of elements of a storage from a view's first to its last, 0 for an empty one; nothing where the numbers
// are impossible.
std::optional<std::int64_t> span_of(const TensorInfo& info);

// [3, 4]
std::string to_text(const std::vector<std::int64_t>& shape);

// The strides of a contiguous tensor of that shape.
std::vector<std::int64_t> contiguous_strides(const std::vector<std::int64_t>& shape);

}  // namespace miafr
