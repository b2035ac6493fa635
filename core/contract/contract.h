// What every plugin must do, checked from outside: `miafr plugins check` and the project's own tests run the same code
// on every plugin they find. Adding a plugin adds no test code.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/plugin/face_input.h"
#include "core/runtime/plugin_registry.h"

namespace miafr {

enum class CheckStatus { kPassed, kFailed, kSkipped };

struct CheckResult {
  std::string check;  // a sentence: "its gradient agrees with finite differences"
  CheckStatus status;
  std::string detail;  // of a failure: what was seen; of a skipped check: what is missing
};

// All checks of the plugin's kind, on the CPU, in a few seconds: with its defaults, and with every other value of each
// flag and choice. Throws nothing: what goes wrong is a failed check.
std::vector<CheckResult> check_contract(std::shared_ptr<const PluginLibrary> library, PluginRegistry& registry);

// Collects results; a check is a function that throws CheckFailed (or anything else) with what it saw.
class CheckFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
class Checks {
 public:
  // Returns whether it passed. A missing service (a model file, say) skips.
  bool run(const std::string& check, const std::function<void()>& body);
  const std::vector<CheckResult>& results() const { return results_; }

  // Appended to the sentences that follow: " (with distance = l1)".
  std::string circumstance;

 private:
  std::vector<CheckResult> results_;
};
inline void expect(bool condition, const std::string& seen) {
  if (!condition) throw CheckFailed(seen);
}

// There is one for each kind of plugin. `host` offers every service with small stand-ins.
using KindContract = void (*)(std::shared_ptr<const PluginLibrary> library, const Params& params, HostContext& host,
                              Checks& checks);
void check_loss(std::shared_ptr<const PluginLibrary> library, const Params& params, HostContext& host, Checks& checks);
void check_sampler(std::shared_ptr<const PluginLibrary> library, const Params& params, HostContext& host,
                   Checks& checks);
void check_face_matcher(std::shared_ptr<const PluginLibrary> library, const Params& params, HostContext& host,
                        Checks& checks);
void check_face_detector(std::shared_ptr<const PluginLibrary> library, const Params& params, HostContext& host,
                         Checks& checks);
void check_age_estimator(std::shared_ptr<const PluginLibrary> library, const Params& params, HostContext& host,
                         Checks& checks);
void check_quality(std::shared_ptr<const PluginLibrary> library, const Params& params, HostContext& host,
                   Checks& checks);
void check_editor(std::shared_ptr<const PluginLibrary> library, const Params& params, HostContext& host,
                  Checks& checks);

// Checks what a plugin that takes aligned faces asks for. Returns false where the rest cannot be checked.
bool check_face_input(const FaceInput& input, Checks& checks);

}  // namespace miafr
