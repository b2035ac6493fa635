// A tensor that is to be written to a checkpoint.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/io/tensor_view.h"

namespace miafr {

struct TensorToWrite {
  std::string name;
  DType dtype = DType::kFloat32;
  std::vector<std::int64_t> shape;
  // This is called once, when the tensor's turn comes, and returns the values, contiguous, of that dtype and shape.
  // What it returns is dropped at once.
  std::function<TensorView()> values;
};

}  // namespace miafr
