#include "core/fit/fit_progress.h"

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/train/run_description.h"

namespace miafr {

TrainingState FitProgress::state() const {
  TensorParts parts = groups.state();
  parts["editor"] = editor_.call("state", [](Editor& editor) { return editor.state(); });
  parts["run"]["skipped"] = at::scalar_tensor(skipped, at::kLong);
  return {step, joined(parts), settings_};
}

void FitProgress::resume(const CheckpointFolder& checkpoints, const std::string& run_folder) {
  const auto newest = checkpoints.newest();
  if (!newest) throw Error(run_folder + ": holds no checkpoint to go on from; begin a new run");
  const TrainingState state = read_state(*newest);
  check_settings(*newest, settings_, state.settings);
  TensorParts parts = parts_of(state.tensors);
  const at::NoGradGuard no_gradients;
  groups.load_state(parts, newest->string());
  std::map<std::string, at::Tensor> own;
  for (const auto& [name, tensor] : parts["editor"]) own[name] = tensor.to(editor_.host->device()).clone();
  editor_.call("load_state", [&](Editor& editor) {
    editor.load_state(own);
    return 0;
  });
  skipped = parts["run"].at("skipped").item<std::int64_t>();
  step = state.step;
  log_info("going on from step " + std::to_string(step) + ", " + newest->string());
}

}  // namespace miafr
