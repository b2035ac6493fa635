#include "core/train/run_progress.h"

#include <torch/types.h>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/train/run_description.h"

namespace miafr {

RunProgress::RunProgress(RunSetup& setup)
    : optimization(setup.networks.trained(), setup.options.config.train), setup_(setup) {}

TrainingState RunProgress::state() const {
  TensorParts parts = optimization.state();
  parts["loss"] = setup_.losses.state();
  parts["run"]["skipped"] = at::scalar_tensor(skipped, at::kLong);
  return {step, joined(parts), settings_that_must_match(setup_.options.config, setup_.ranks.size())};
}

void RunProgress::resume() {
  const auto newest = setup_.checkpoints.newest();
  if (!newest) throw Error(setup_.run_folder.string() + ": holds no checkpoint to go on from; begin a new run");
  const TrainingState state = read_state(*newest);
  check_settings(*newest, settings_that_must_match(setup_.options.config, setup_.ranks.size()), state.settings);
  TensorParts parts = parts_of(state.tensors);
  const at::NoGradGuard no_gradients;
  optimization.load_state(parts, newest->string());
  setup_.losses.load_state(parts["loss"]);
  skipped = parts["run"].at("skipped").item<std::int64_t>();
  step = state.step;
  log_info("going on from step " + std::to_string(step) + ", " + newest->string());
}

}  // namespace miafr
