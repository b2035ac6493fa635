#include "demo/pretrain/weights_file.h"

#include <vector>

#include "core/io/checkpoint.h"
#include "core/io/checkpoint_writer.h"
#include "core/models/tensor_file.h"

namespace miafr::demo {

void write_weights(const std::filesystem::path& file, const Weights& tensors, bool half) {
  std::vector<TensorToWrite> all;
  for (const auto& [name, tensor] : tensors)
    all.push_back(tensor_to_write(name, tensor.detach(), half ? DType::kFloat16 : DType::kFloat32));
  write_safetensors(file, all);
}

Weights read_weights(const std::filesystem::path& file) {
  Weights tensors;
  for (const auto& [name, entry] : open_checkpoint(file).entries) tensors[name] = to_tensor(entry.read());
  return tensors;
}

}  // namespace miafr::demo
