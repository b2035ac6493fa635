#include "core/experiment/results.h"

#include <chrono>
#include <thread>

#include "core/experiment/file_lock.h"
#include "core/experiment/files.h"
#include "core/experiment/manifest.h"
#include "core/experiment/results_folder.h"
#include "core/experiment/results_page.h"
#include "core/base/errors.h"
#include "core/base/interrupt.h"
#include "core/base/log.h"
#include "core/base/progress.h"
#include "core/base/wait_notice.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

void wait_for(FileLock& lock) {
  constexpr std::chrono::milliseconds kLook{200};
  if (lock.take()) return;
  const std::string text = "another process evaluates this experiment; waiting for its end";
  log_info(text);
  const WaitNotice notice([&] { return text; }, std::chrono::seconds(60));
  while (!lock.take()) {
    throw_if_interrupted();
    std::this_thread::sleep_for(kLook);
  }
}

// "" where the evaluation is there. lock: for the child, which has it as long as it lives.
std::string evaluate(const Experiment& experiment, const std::vector<Trial>& finished, const StageSettings& settings,
                     const Judges& judges, const FileLock& lock, InputHashes& hashes) {
  const fs::path done = settings.out / "evaluation" / "inputs.sha256";
  const std::string inputs = evaluation_inputs(experiment, finished, settings.out, judges, hashes) + "\n";
  if (read_file(done) == inputs) return "";
  fs::remove(done);
  log_info("evaluating " + std::to_string(finished.size()) + (finished.size() == 1 ? " trial" : " trials"));
  gather_pictures(experiment, finished, settings.out);
  const StageCommand stage = evaluate_command(experiment, finished, settings, judges);
  const ChildEnd end = [&] {
    const WaitNotice notice([&] { return last_progress(stage); }, std::chrono::seconds(60));
    return ChildProcess({stage.command, stage.log, {}, lock.descriptor()}).wait();
  }();
  throw_if_interrupted();
  if (end.exit_code != 0) return "evaluate: " + failure_of(stage, end.exit_code) + "; see " + stage.log.string();
  write_file(done, inputs);
  log_info("evaluate took " + duration_text(end.seconds));
  return "";
}

}  // namespace

Results judge_trials(const Experiment& experiment, const std::vector<Trial>& trials, const StageSettings& settings,
                     const Judges& judges, const std::vector<std::string>& changes, InputHashes& hashes) {
  FileLock lock(results_mark(settings.out));
  wait_for(lock);
  Results results;
  std::vector<Trial> finished;
  std::vector<TrialStatus> statuses;
  for (const Trial& trial : trials) {
    statuses.push_back(status_of(experiment, trial, settings.out, hashes));
    const TrialStatus& status = statuses.back();
    if (status.state == TrialState::kDone)
      finished.push_back(trial);
    else
      results.missing.push_back(trial.name + " is " + name_of(status.state) +
                                (status.note.empty() ? "" : ": " + status.note));
  }
  results.failure = finished.empty() ? "no trial is done, so there is nothing to evaluate"
                                     : evaluate(experiment, finished, settings, judges, lock, hashes);
  const fs::path tables = settings.out / "tables";
  fs::remove_all(tables);  // of other trials, perhaps
  fs::create_directories(tables);
  const auto keep = [&](const std::string& name, const std::string& csv, const ShownTable& table) {
    write_file(tables / (name + ".csv"), csv);
    write_file(tables / (name + ".tex"), to_tex(table));
    results.tables.push_back(table);
  };
  if (results.failure.empty()) {
    const std::vector<IdentityRow> rows = identity_rows(experiment, settings.out / "evaluation");
    keep("identity", identity_csv(rows), identity_table(rows));
  }
  const std::vector<CostRow> costs = cost_rows(experiment, trials, statuses);
  keep("cost", cost_csv(costs), cost_table(costs));
  std::vector<std::string> warnings = results.missing;
  if (!results.failure.empty()) warnings.push_back(results.failure);
  write_file(
      settings.out / "report.html",
      results_page(experiment.name, results.failure.empty() ? "evaluation/report.html" : "", warnings, results.tables));
  write_file(settings.out / "manifest.json", manifest_json(experiment, changes, trials, statuses, settings.out, hashes));
  return results;
}

}  // namespace miafr
