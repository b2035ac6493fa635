#include "core/train/rank_environment.h"

#include <charconv>
#include <cstdlib>
#include <limits>
#include <optional>

#include "core/base/errors.h"
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
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > greatest)
    throw Error(std::string(name) + "=" + shown(text) + ", must be a whole number from " + std::to_string(least) +
                " to " + std::to_string(greatest));
  return value;
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
