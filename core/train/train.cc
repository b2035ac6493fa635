#include "core/train/train.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/errors.h"
#include "core/base/interrupt.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/plugin/host_context.h"
#include "core/train/bad_steps.h"
#include "core/train/later_plugins.h"
#include "core/train/memory_plan.h"
#include "core/train/rank_environment.h"
#include "core/train/run_description.h"
#include "core/train/run_folder.h"
#include "core/train/run_progress.h"
#include "core/train/run_record.h"
#include "core/train/run_setup.h"
#include "core/train/step_gradients.h"

namespace miafr {
namespace {

// One step after the other.
class Training {
 public:
  // Makes the optimizer, so only when it is known that there is room for it. folder: null where this rank leaves no
  // record.
  Training(RunSetup& setup, std::unique_ptr<RunFolder> folder, const std::string& description)
      : setup_(setup), progress_(setup), gradients_(setup) {
    if (setup.options.resume) progress_.resume();
    if (folder) record_.emplace(setup, progress_, std::move(folder), description);
  }

  void run(const std::function<void(const StepReport&)>& on_step) {
    const TrainOptions& options = setup_.options;
    const std::int64_t steps = options.try_steps ? progress_.step + *options.try_steps : options.config.train.steps;
    while (progress_.step < steps) {
      if (any_interrupted()) stop_early();
      const auto start = std::chrono::steady_clock::now();
      StepReport report = one_step();
      report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      ++progress_.step;
      if (record_) record_->add(report, metrics_);  // first, so that a checkpoint has the rows of all its steps
      if (record_) record_->at_intervals();
      if (setup_.ranks.rank() == 0) on_step(report);
    }
    if (!record_) return;
    record_->save_once();
    log_info("trained; the model is " + setup_.checkpoints.newest()->string());
  }

 private:
  bool any_interrupted() {
    if (setup_.ranks.size() == 1) return interrupted();
    const std::vector<double> all = setup_.ranks.all_gather(interrupted() ? 1 : 0);
    return std::any_of(all.begin(), all.end(), [](double one) { return one != 0; });
  }

  void stop_early() {
    if (record_) record_->save_once();
    throw Cancelled();
  }

  StepReport one_step() {
    metrics_ = gradients_.compute(progress_.step);
    const double norm = metrics_.at("grad_norm");
    StepReport report;
    report.step = progress_.step;
    report.steps = setup_.options.config.train.steps;
    report.loss = metrics_.at("loss");
    report.skipped = !std::isfinite(report.loss) || !std::isfinite(norm);
    if (!report.skipped) metrics_["learning_rate"] = progress_.optimization.update(progress_.step, norm);
    count_bad(report);
    return report;
  }

  void count_bad(const StepReport& report) {
    if (report.skipped) ++progress_.skipped;
    bad_steps_.count(report.step, report.skipped, setup_.checkpoints,
                     "try a smaller train.learning_rate or train.max_grad_norm=1");
  }

  RunSetup& setup_;
  RunProgress progress_;
  StepGradients gradients_;
  std::optional<RunRecord> record_;
  BadSteps bad_steps_;
  std::map<std::string, double> metrics_;  // of the step that is running
};

// MKL's products with several threads come out in one of several ways, with other last bits, unless its mode of
// conditional numerical reproducibility is asked for before its first call. Convolutions of a single picture on the way
// back are such products. The mode wants tensors aligned to 64 bytes, as LibTorch's are.
void make_products_reproducible() { ::setenv("MKL_CBWR", "AUTO", /*overwrite=*/0); }

void check_memory(const RunSetup& setup) {
  const TrainingSets& sets = setup.sets;
  const RunConfig& config = setup.options.config;
  const auto images = static_cast<std::int64_t>(sets.train.size() + sets.reg.size());
  const MemoryPlan plan = plan_memory(setup.model, setup.networks.trained(), config, !sets.reg.empty(), images,
                                      (setup.losses.needs() & kNeedsImagePred) != 0);
  log_info(plan.text());
  if (setup.options.run.device.is_cpu()) check_fits(plan, static_cast<double>(resident_memory()), config.train);
}

// What run.json says. The hashes of all inputs take a while and are left out where nobody asks for them.
std::string describe(const RunSetup& setup, bool has_folder) {
  const TrainOptions& options = setup.options;
  if (!has_folder && !(options.resume && setup.ranks.rank() == 0)) return {};
  const std::string now = describe_run(options, setup.sets, setup.losses.all());
  return options.resume ? describe_resumed_run(setup.run_folder, now) : now;
}

// A disk that is full when a checkpoint is due costs hours of training.
void warn_of_little_disk(const RunSetup& setup) {
  std::error_code error;
  const std::filesystem::space_info disk = std::filesystem::space(setup.run_folder, error);
  const double needed = checkpoint_bytes(setup.model, setup.networks.trained(), setup.options.config.train);
  if (error || needed <= static_cast<double>(disk.available)) return;
  log_warning(setup.run_folder.string() + ": about " + memory_text(needed) +
              " of disk are needed for a checkpoint, and " + memory_text(static_cast<double>(disk.available)) +
              " are free");
}

// Whether a run's folder can be made is known before its photos are read: by the nearest folder that is there.
void check_writable(const std::filesystem::path& folder) {
  std::filesystem::path there = std::filesystem::absolute(folder);
  std::error_code error;
  while (!std::filesystem::exists(there, error) && there.has_relative_path()) there = there.parent_path();
  errno = ENOTDIR;
  if (std::filesystem::is_directory(there, error) && ::access(there.c_str(), W_OK | X_OK) == 0) return;
  const std::string reason = std::strerror(errno);
  throw Error(folder.string() + ": cannot be made: " + there.string() + ": " + reason + "; -l says where");
}

// The folder of a run that goes on is taken at once, as another process may be using it.
std::unique_ptr<RunFolder> early_folder(const TrainOptions& options) {
  if (options.try_steps || rank_environment().rank != 0) return nullptr;
  if (options.resume) return std::make_unique<RunFolder>(options.run_folder);
  check_writable(options.run_folder);
  return nullptr;
}

}  // namespace

void train(const TrainOptions& options, PluginRegistry& registry,
           const std::function<void(const StepReport&)>& on_step) {
  std::unique_ptr<RunFolder> folder = early_folder(options);
  make_products_reproducible();
  RunSetup setup(options, registry);
  check_later_plugins(options.config, registry, options.run, (setup.losses.needs() & kNeedsFacePoints) != 0);
  check_memory(setup);
  // A new one is made when all that can be checked has been.
  if (!folder && !options.try_steps && setup.ranks.rank() == 0) folder = std::make_unique<RunFolder>(setup.run_folder);
  if (folder) {
    setup.checkpoints.remove_unfinished();
    warn_of_little_disk(setup);
  }
  const std::string description = describe(setup, folder != nullptr);
  if (options.try_steps == 0) return;
  Training(setup, std::move(folder), description).run(on_step);
}

}  // namespace miafr
