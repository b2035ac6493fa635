#include "core/commands/new_run_folder.h"

#include <ctime>
#include <string>

#include "core/base/errors.h"
#include "core/commands/option_values.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

std::string now_for_names() {
  const std::time_t now = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H-%M-%S", std::localtime(&now));
  return text;
}

}  // namespace

std::filesystem::path new_run_folder(const Options& options) {
  const std::string job = value_or<std::string>(options, "name", "run");
  if (job.empty() || job.find('/') != std::string::npos || job == "." || job == "..")
    throw UsageError("-n " + job + ": must be a name, not a path; -l says where run folders go");
  return fs::path(value_or<std::string>(options, "logdir", "logs")) / (now_for_names() + "_" + job);
}

}  // namespace miafr
