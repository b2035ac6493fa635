#include "core/train/rank_environment.h"

#include <charconv>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string_view>

#include "core/base/errors.h"
#include "core/base/plus_sign.h"
#include "core/base/shown.h"

namespace miafr {
namespace {

std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

std::string required(const char* name, int size) {
  const auto value = variable(name);
  if (!value)
    throw Error(std::string(name) + " is not set, which " + std::to_string(size) +
                " ranks need (torchrun sets it; with srun set it to the first host's name or a free port of it)");
  return *value;
}

int whole_number(const char* name, const std::string& text, int least, int greatest) {
  int value = 0;
  const std::string_view number = without_plus(text);
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc() || end != number.data() + number.size() || value < least || value > greatest)
    throw Error(std::string(name) + "=" + shown(text) + ", must be a whole number from " + std::to_string(least) +
                " to " + std::to_string(greatest));
  return value;
}

// Slurm's numbers for the steps of a job that srun has not started (slurm/slurm.h: SLURM_BATCH_SCRIPT and so on), which
// are negative where they are printed with a sign.
bool is_step_of_srun(const std::string& step) {
  for (const char* other : {"4294967290", "4294967291", "4294967292", "-6", "-5", "-4"})
    if (step == other) return false;
  return !step.empty();
}

// The process of a batch script is rank 0 by its variables, and no other rank will ever come.
void refuse_batch_script(const RankEnvironment& environment) {
  std::string step;
  for (const char* name : {"SLURM_STEP_ID", "SLURM_STEPID"})
    if (const auto value = variable(name)) step = *value;
  if (!environment.by_slurm || environment.rank != 0 || is_step_of_srun(step)) return;
  throw Error(
      "SLURM_NTASKS=" + std::to_string(environment.size) + ", but srun has not started this process (" +
      (step.empty() ? "SLURM_STEP_ID is not set" : "SLURM_STEP_ID=" + shown(step)) +
      "), so the other ranks would never come: write srun miafr train \u2026, or set WORLD_SIZE=1 for a process "
      "alone; RANK and WORLD_SIZE are for ranks that are started by hand");
}

}  // namespace

RankEnvironment rank_environment() {
  constexpr int kMost = 65536;
  const bool by_slurm = !variable("WORLD_SIZE") && !variable("RANK") && variable("SLURM_PROCID");
  const char* const size_name = by_slurm ? "SLURM_NTASKS" : "WORLD_SIZE";
  const char* const rank_name = by_slurm ? "SLURM_PROCID" : "RANK";
  const char* const local_name = by_slurm ? "SLURM_LOCALID" : "LOCAL_RANK";

  RankEnvironment environment;
  if (const auto size = variable(size_name)) environment.size = whole_number(size_name, *size, 1, kMost);
  if (environment.size == 1) return environment;

  environment.rank = whole_number(rank_name, required(rank_name, environment.size), 0, environment.size - 1);
  environment.local_rank = environment.rank;
  environment.by_slurm = by_slurm;
  refuse_batch_script(environment);
  if (const auto local = variable(local_name))
    environment.local_rank = whole_number(local_name, *local, 0, environment.size - 1);
  environment.address = required("MASTER_ADDR", environment.size);
  environment.port = whole_number("MASTER_PORT", required("MASTER_PORT", environment.size), 1, 65535);
  environment.launcher_has_store = variable("TORCHELASTIC_USE_AGENT_STORE") == "True";
  environment.attempt = variable("TORCHELASTIC_RESTART_COUNT").value_or("0");
  if (const auto timeout = variable("MIAFR_RANK_TIMEOUT"))
    environment.timeout = std::chrono::seconds(whole_number("MIAFR_RANK_TIMEOUT", *timeout, 1, 1000000));
  return environment;
}

}  // namespace miafr
