#include "demo/pretrain/stages.h"

#include "core/models/tensor_file.h"

namespace miafr::demo {

void shrink_weights(const TrainingPlan& plan) {
  const std::filesystem::path file = plan.folder / (plan.name + ".safetensors");
  write_weights(file, read_tensor_file(file), /*half=*/true);
}

}  // namespace miafr::demo
