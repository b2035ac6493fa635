// Whether numbers are finite: NaN or infinity in one weight makes every picture black and every score undefined.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace miafr {

// One pass over the memory; true of integers.
bool all_finite(const at::Tensor& tensor);

// Throws Error "what: …" where it is not.
void check_finite(const at::Tensor& tensor, const std::string& what);

// tensor in that dtype. Throws Error, which names it as `what`, where a finite number of it does not fit.
at::Tensor in_dtype(const at::Tensor& tensor, at::ScalarType dtype, const std::string& what);

}  // namespace miafr
