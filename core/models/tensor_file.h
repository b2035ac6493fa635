// Tensors of a file as LibTorch's.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>

#include "core/io/checkpoint_writer.h"
#include "core/io/tensor_view.h"

namespace miafr {

at::ScalarType scalar_type(DType dtype);

// The tensor of a view, without a copy where it lies aligned; it keeps the file mapped and must not be written to.
at::Tensor to_tensor(const TensorView& view);

// A tensor to be written under a name, in that dtype; it is brought to the CPU and cast when its turn comes,
// which is an Error where a number of it does not fit.
TensorToWrite tensor_to_write(const std::string& name, const at::Tensor& tensor, DType dtype);

// All tensors of a checkpoint file (safetensors, PyTorch zip or legacy stream) by name, on the CPU; a wrapping
// `state_dict` and the prefixes `model.` and `module.` are taken off. Two names that become one that way are an Error,
// as is what open_checkpoint refuses. Tensors share the mapped file and must not be written to.
std::map<std::string, at::Tensor> read_tensor_file(const std::filesystem::path& path);

}  // namespace miafr
