#include "core/experiment/schedule.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <list>
#include <memory>
#include <optional>
#include <thread>

#include "core/base/errors.h"
#include "core/base/interrupt.h"
#include "core/base/log.h"
#include "core/base/progress.h"
#include "core/base/shown.h"
#include "core/experiment/estimate.h"

namespace miafr {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kLook{50};
constexpr std::chrono::seconds kTell{60};

class Schedule {
 public:
  Schedule(const Experiment& experiment, const std::vector<Trial>& trials, const ScheduleSettings& settings,
           InputHashes& hashes)
      : experiment_(experiment),
        trials_(trials),
        settings_(settings),
        hashes_(hashes),
        environment_(shared_processors(settings.jobs)) {
    for (const Trial& trial : trials) outcomes_.push_back({trial.name, "", ""});
  }

  std::vector<TrialOutcome> run() {
    while (next_ < trials_.size() || !running_.empty()) {
      if (interrupted()) stop();
      while (!stopped_ && next_ < trials_.size() && running_.size() < static_cast<std::size_t>(settings_.jobs))
        begin(next_++);
      if (stopped_ && running_.empty()) throw_if_interrupted();
      look();
      if (Clock::now() - told_ > kTell) tell();
      if (!running_.empty()) std::this_thread::sleep_for(kLook);
    }
    throw_if_interrupted();
    return outcomes_;
  }

 private:
  struct Running {
    std::size_t index;
    std::unique_ptr<TrialRun> trial;
    StageCommand stage;
    std::unique_ptr<ChildProcess> child;
  };

  std::string title(std::size_t index) const {
    return "trial " + std::to_string(index + 1) + "/" + std::to_string(trials_.size()) + " " + trials_[index].name +
           ": ";
  }

  void begin(std::size_t index) {
    Running running{index, nullptr, {}, nullptr};
    try {
      if (status_of(experiment_, trials_[index], settings_.stages.out, hashes_).state == TrialState::kDone) return;
      running.trial =
          std::make_unique<TrialRun>(experiment_, trials_[index], settings_.stages, hashes_, settings_.redo);
      if (start_next(running)) running_.push_back(std::move(running));
    } catch (const std::exception& e) {
      broken(running, e.what());
    }
  }

  // False where the trial is done.
  bool start_next(Running& running) {
    const auto stage = running.trial->next();
    if (!stage) {
      tell_done(running);
      return false;
    }
    running.stage = *stage;
    log_info(title(running.index) + (stage->stage == "train"  ? "training"
                                     : stage->stage == "edit" ? "editing"
                                                              : "generating"));
    running.child =
        std::make_unique<ChildProcess>(ChildProcess::Start{stage->command, stage->log, environment_, stage->lock});
    return true;
  }

  void look() {
    for (auto running = running_.begin(); running != running_.end();) {
      const auto end = running->child->poll();
      if (!end)
        ++running;
      else if (goes_on(*running, *end))
        ++running;
      else
        running = running_.erase(running);
    }
  }

  bool goes_on(Running& running, const ChildEnd& end) {
    try {
      running.child.reset();
      running.trial->ended(running.stage, end, stopped_);
      if (end.exit_code != 0 || stopped_) return false;
      log_info(title(running.index) + running.stage.stage + " took " + duration_text(end.seconds));
      return start_next(running);
    } catch (const std::exception& e) {
      broken(running, e.what());
      return false;
    }
  }

  void broken(const Running& running, const std::string& reason) {
    TrialOutcome& outcome = outcomes_[running.index];
    outcome.failure = reason;
    outcome.log = running.stage.log.string();
    log_error(title(running.index) + reason);
    if (!running.trial || !running.trial->record().failure.empty()) return;
    try {
      running.trial->fail(reason);
    } catch (const Error& e) {
      log_error(title(running.index) + e.what());
    }
  }

  void tell_done(const Running& running) const {
    const TrialRecord& record = running.trial->record();
    std::string text = title(running.index) + "done, " + std::to_string(record.images) + " pictures";
    if (const auto left = seconds_left(running.index))
      text += "; about " + duration_text(*left / settings_.jobs) + " left for the others";
    log_info(text);
  }

  // Of the trials that are not done, but this one; nothing where none is left or nothing is known.
  std::optional<double> seconds_left(std::size_t without) const {
    std::vector<std::pair<std::size_t, TrialRecord>> left;
    for (std::size_t i = next_; i < trials_.size(); ++i) {
      try {
        const TrialStatus status = status_of(experiment_, trials_[i], settings_.stages.out, hashes_);
        if (status.state != TrialState::kChanged || settings_.redo) left.emplace_back(i, status.usable());
      } catch (const Error&) {  // is told when it is this trial's turn
      }
    }
    for (const Running& other : running_)
      if (other.index != without) left.emplace_back(other.index, other.trial->record());
    const ThroughputEstimate pace(experiment_, settings_.stages.out);
    double all = 0;
    for (const auto& [index, record] : left) {
      const auto one = pace.seconds_left(experiment_, trials_[index], record);
      if (!one) return std::nullopt;
      all += *one;
    }
    return left.empty() ? std::nullopt : std::optional(all);
  }

  void tell() {
    told_ = Clock::now();
    for (const Running& running : running_)
      if (const std::string line = last_progress(running.stage); !line.empty()) log_info(title(running.index) + line);
  }

  void stop() {
    if (stopped_) return;
    stopped_ = true;
    if (!running_.empty())
      log_info("stopping; the trials that run save what they have, and the same command goes on from there");
    for (const Running& running : running_) running.child->send(SIGINT);
  }

  const Experiment& experiment_;
  const std::vector<Trial>& trials_;
  const ScheduleSettings& settings_;
  InputHashes& hashes_;
  const std::map<std::string, std::string> environment_;
  std::vector<TrialOutcome> outcomes_;
  std::list<Running> running_;
  std::size_t next_ = 0;
  bool stopped_ = false;
  Clock::time_point told_ = Clock::now();
};

}  // namespace

std::vector<TrialOutcome> do_trials(const Experiment& experiment, const std::vector<Trial>& trials,
                                    const ScheduleSettings& settings, InputHashes& hashes) {
  return Schedule(experiment, trials, settings, hashes).run();
}

std::map<std::string, std::string> shared_processors(int jobs) {
  const char* const kThreads = "OMP_NUM_THREADS";
  if (jobs == 1 || std::getenv(kThreads)) return {};
  const auto processors = static_cast<int>(std::thread::hardware_concurrency());
  return {{kThreads, std::to_string(std::max(1, processors / jobs))}};
}

}  // namespace miafr
