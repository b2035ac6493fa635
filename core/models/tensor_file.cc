#include "core/models/tensor_file.h"

#include <torch/types.h>

#include <algorithm>
#include <cstdint>
#include <memory>

#include "core/io/bytes.h"
#include "core/io/checkpoint.h"
#include "core/base/errors.h"
#include "core/models/finite.h"

namespace miafr {
namespace {

// Lightning's "model." and DataParallel's "module.", in any order.
std::string bare_name(std::string name) {
  for (bool again = true; again;) {
    again = false;
    for (const std::string prefix : {"model.", "module."})
      if (name.compare(0, prefix.size(), prefix) == 0) {
        name.erase(0, prefix.size());
        again = true;
      }
  }
  return name;
}

}  // namespace

at::ScalarType scalar_type(DType dtype) {
  switch (dtype) {
    case DType::kBool:
      return at::kBool;
    case DType::kUint8:
      return at::kByte;
    case DType::kUint16:
      return at::kUInt16;
    case DType::kUint32:
      return at::kUInt32;
    case DType::kUint64:
      return at::kUInt64;
    case DType::kInt8:
      return at::kChar;
    case DType::kInt16:
      return at::kShort;
    case DType::kInt32:
      return at::kInt;
    case DType::kInt64:
      return at::kLong;
    case DType::kFloat8E4m3:
      return at::kFloat8_e4m3fn;
    case DType::kFloat8E5m2:
      return at::kFloat8_e5m2;
    case DType::kFloat16:
      return at::kHalf;
    case DType::kBfloat16:
      return at::kBFloat16;
    case DType::kFloat32:
      return at::kFloat;
    case DType::kFloat64:
      return at::kDouble;
  }
  throw Error("unknown dtype");
}

at::Tensor to_tensor(const TensorView& view) {
  const auto keep = view.data;
  auto* data = const_cast<std::byte*>(keep.get());
  const auto options = at::TensorOptions().dtype(scalar_type(view.dtype));
  if (view.numel() == 0) return at::empty(view.shape, options);
  const std::size_t bytes = span_of(view).value() * size_of(view.dtype);
  const at::Tensor mapped = at::from_blob(
      data, view.shape, view.strides, [keep, bytes](void*) { release_pages(keep, bytes); }, options);
  const bool aligned = reinterpret_cast<std::uintptr_t>(data) % size_of(view.dtype) == 0;
  if (aligned) return mapped;
  // Bytes have no alignment, so the copy is made of them.
  const at::Tensor copy = at::empty({span_of(view).value()}, options);
  std::copy_n(data, bytes, static_cast<std::byte*>(copy.data_ptr()));
  return copy.as_strided(view.shape, view.strides);
}

TensorToWrite tensor_to_write(const std::string& name, const at::Tensor& tensor, DType dtype) {
  const auto values = [name, tensor, dtype] {
    const auto keep = std::make_shared<const at::Tensor>(
        in_dtype(tensor.detach().to(at::kCPU), scalar_type(dtype), name).contiguous());
    TensorView view;
    view.dtype = dtype;
    view.shape = keep->sizes().vec();
    view.strides = contiguous_strides(view.shape);
    view.data = {keep, static_cast<const std::byte*>(keep->const_data_ptr())};
    return view;
  };
  return {name, dtype, tensor.sizes().vec(), values};
}

std::map<std::string, at::Tensor> read_tensor_file(const std::filesystem::path& path) {
  const Checkpoint checkpoint = open_checkpoint(path);
  std::map<std::string, at::Tensor> tensors;
  for (const auto& [name, entry] : checkpoint.entries)
    if (!tensors.emplace(bare_name(name), to_tensor(entry.read())).second)
      throw Error(path.string() + ": two tensors are called " + bare_name(name) +
                  " without their prefixes; keep one of them");
  return tensors;
}

}  // namespace miafr
