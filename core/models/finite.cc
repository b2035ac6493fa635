#include "core/models/finite.h"

#include <torch/types.h>

#include <cmath>
#include <sstream>

#include "core/base/errors.h"

namespace miafr {
namespace {

const char* name_of(at::ScalarType dtype) {
  return dtype == at::kHalf ? "float16" : dtype == at::kBFloat16 ? "bfloat16" : c10::toString(dtype);
}

}  // namespace

bool all_finite(const at::Tensor& tensor) {
  if (!tensor.is_floating_point()) return true;
  if (tensor.element_size() == 1) return all_finite(tensor.to(at::kFloat));  // float8 has no sums
  // Read once, while a sum, which one such number spoils, may also be too large by itself.
  if (std::isfinite(tensor.sum().item<double>())) return true;
  return tensor.isfinite().all().item<bool>();
}

void check_finite(const at::Tensor& tensor, const std::string& what) {
  if (!all_finite(tensor))
    throw Error(what + ": holds NaN or infinity; the file is damaged, or of a training that diverged");
}

at::Tensor in_dtype(const at::Tensor& tensor, at::ScalarType dtype, const std::string& what) {
  const at::Tensor converted = tensor.to(dtype);
  if (dtype == tensor.scalar_type() || all_finite(converted) || !all_finite(tensor)) return converted;
  std::ostringstream text;
  text << what << ": holds " << tensor.abs().max().item<double>() << ", which does not fit " << name_of(dtype)
       << "; take float32" << (dtype == at::kHalf ? " or bfloat16" : "");
  throw Error(text.str());
}

}  // namespace miafr
