#include "core/io/tensor_view.h"

namespace miafr {

std::size_t size_of(DType dtype) {
  switch (dtype) {
    case DType::kBool:
    case DType::kUint8:
    case DType::kInt8:
    case DType::kFloat8E4m3:
    case DType::kFloat8E5m2:
      return 1;
    case DType::kUint16:
    case DType::kInt16:
    case DType::kFloat16:
    case DType::kBfloat16:
      return 2;
    case DType::kUint32:
    case DType::kInt32:
    case DType::kFloat32:
      return 4;
    case DType::kUint64:
    case DType::kInt64:
    case DType::kFloat64:
      return 8;
  }
  return 0;
}

const char* name_of(DType dtype) {
  switch (dtype) {
    case DType::kBool:
      return "bool";
    case DType::kUint8:
      return "uint8";
    case DType::kUint16:
      return "uint16";
    case DType::kUint32:
      return "uint32";
    case DType::kUint64:
      return "uint64";
    case DType::kInt8:
      return "int8";
    case DType::kInt16:
      return "int16";
    case DType::kInt32:
      return "int32";
    case DType::kInt64:
      return "int64";
    case DType::kFloat8E4m3:
      return "float8_e4m3fn";
    case DType::kFloat8E5m2:
      return "float8_e5m2";
    case DType::kFloat16:
      return "float16";
    case DType::kBfloat16:
      return "bfloat16";
    case DType::kFloat32:
      return "float32";
    case DType::kFloat64:
      return "float64";
  }
  return "";
}

std::int64_t TensorInfo::numel() const {
  std::int64_t count = 1;
  for (const std::int64_t side : shape) count *= side;
  return count;
}

std::vector<std::int64_t> contiguous_strides(const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> strides(shape.size());
  std::uint64_t stride = 1;  // unsigned: an impossible shape wraps here, and span_of refuses it
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = static_cast<std::int64_t>(stride);
    stride *= static_cast<std::uint64_t>(shape[i] > 0 ? shape[i] : 1);
  }
  return strides;
}

bool TensorInfo::contiguous() const {
  const auto wanted = contiguous_strides(shape);
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] > 1 && strides[i] != wanted[i]) return false;
  return true;
}

std::optional<std::int64_t> span_of(const TensorInfo& info) {
  std::int64_t span = 1, count = 1;
  bool empty = false;
  if (info.strides.size() != info.shape.size()) return std::nullopt;
  for (std::size_t i = 0; i < info.shape.size(); ++i) {
    const std::int64_t side = info.shape[i], stride = info.strides[i];
    std::int64_t reach = 0;
    if (side < 0 || stride < 0 || __builtin_mul_overflow(count, side > 0 ? side : 1, &count)) return std::nullopt;
    if (side == 0) empty = true;
    if (side > 1 && (__builtin_mul_overflow(side - 1, stride, &reach) || __builtin_add_overflow(span, reach, &span)))
      return std::nullopt;
  }
  return empty ? 0 : span;
}

std::string to_text(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

}  // namespace miafr
