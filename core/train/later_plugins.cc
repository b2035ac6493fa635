#include "core/train/later_plugins.h"

#include "core/base/errors.h"
#include "core/plugin/face_detector.h"
#include "core/plugin/face_matcher.h"
#include "core/plugin/sampler.h"
#include "core/runtime/chosen_plugin.h"

namespace miafr {
namespace {

constexpr const char* kDetector = "train.detector";
constexpr const char* kJudge = "train.judge";

template <class Check>
void check(const std::string& key, Check&& check) {
  try {
    check();
  } catch (const PluginError& e) {
    throw Error(key + ": " + e.what());
  }
}

// Weights are not loaded: that takes time, and where a judge's are missing the run goes on without it.
template <class Interface>
void check_choice(const std::string& key, const PluginChoice& choice, PluginRegistry& registry) {
  check(key, [&] {
    const auto library = registry.find(PluginKind<Interface>::kName, choice.name);
    resolve_params(library->params(), choice.params, key);
  });
}

}  // namespace

PluginChoice detector_choice(const TrainConfig& config) { return parse_plugin_choice(config.detector, kDetector, ""); }

PluginChoice judge_choice(const TrainConfig& config) { return parse_plugin_choice(config.judge, kJudge, ""); }

bool wants_previews(const TrainConfig& config) { return config.preview_every > 0 && config.max_previews > 0; }

void check_later_plugins(const RunConfig& config, PluginRegistry& registry, const RunSettings& run, bool needs_faces) {
  const bool paints = wants_previews(config.train), judges = paints && !config.train.judge.empty();
  if (paints) check("sampler.name", [&] { choose_plugin<Sampler>(config.sampler.choice(), registry, run); });
  if (judges) check_choice<FaceMatcher>(kJudge, judge_choice(config.train), registry);
  if (judges || needs_faces) check_choice<FaceDetector>(kDetector, detector_choice(config.train), registry);
}

}  // namespace miafr
