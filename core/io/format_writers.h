// What checkpoint_writer.cc hands its checked tensors to: one function for each format.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/io/atomic_file.h"
#include "core/io/tensor_to_write.h"

namespace miafr {

void write_safetensors_to(AtomicFile& file, const std::vector<TensorToWrite>& tensors,
                          const std::map<std::string, std::string>& metadata);
void write_torch_to(AtomicFile& file, const std::vector<TensorToWrite>& tensors,
                    const std::map<std::string, std::string>& metadata);

}  // namespace miafr
