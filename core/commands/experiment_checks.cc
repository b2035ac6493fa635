#include "core/commands/experiment_checks.h"

#include <algorithm>
#include <set>

#include "core/config/config_error.h"
#include "core/experiment/tokens.h"
#include "core/plugin/age_estimator.h"
#include "core/plugin/face_detector.h"
#include "core/plugin/face_matcher.h"
#include "core/plugin/loss.h"
#include "core/plugin/sampler.h"
#include "core/runtime/errors.h"
#include "core/runtime/log.h"

namespace miafr {
namespace {

template <class Interface>
Params checked_params(PluginRegistry& registry, const std::string& name, const RawParams& params,
                      const std::string& path, const std::string& origin, ParamTable* table = nullptr) {
  try {
    const auto library = registry.find(PluginKind<Interface>::kName, name);
    if (table) *table = library->params();
    return resolve_params(library->params(), params, path);
  } catch (const PluginError& e) {
    throw ConfigError(origin, path + ": " + e.what());
  }
}

// Names of the face matchers that the losses of one variant ask for.
std::set<std::string> trained_against(const LossVariant& variant, PluginRegistry& registry) {
  std::set<std::string> matchers;
  for (const LossConfig& loss : variant.config.losses) {
    ParamTable table;
    const Params params = checked_params<IdentityLoss>(registry, loss.name, loss.params,
                                                       "losses." + variant.name + "." + loss.name, loss.origin, &table);
    for (const ParamSpec& spec : table)
      if (spec.type == ParamType::kPlugin && spec.choices == std::string(PluginKind<FaceMatcher>::kName))
        matchers.insert(plugin_name(params.text(spec.name)));
  }
  return matchers;
}

}  // namespace

Matchers check_plugins(const Experiment& experiment, PluginRegistry& registry) {
  std::set<std::string> trained;
  for (const LossVariant& loss : experiment.losses) {
    const SamplerConfig& sampler = loss.config.sampler;
    checked_params<Sampler>(registry, sampler.name, sampler.params, "sampler.params", sampler.origin);
    trained.merge(trained_against(loss, registry));
  }
  const JudgeConfig& judge = experiment.judge;
  if (!judge.aligned) registry.find(PluginKind<FaceDetector>::kName, plugin_name(judge.detector));
  if (judge.age != "none") registry.find(PluginKind<AgeEstimator>::kName, plugin_name(judge.age));
  Matchers partial;
  for (const std::string& matcher : judge.matchers) {
    registry.find(PluginKind<FaceMatcher>::kName, plugin_name(matcher));
    if (trained.count(plugin_name(matcher))) partial.push_back(plugin_name(matcher));
  }
  if (partial.size() == judge.matchers.size() && !judge.allow_trained_judge)
    throw Error("a loss is trained against " + partial[0] +
                ", so it may not be the only judge; name another in evaluate.matchers, or in the loss, or set "
                "evaluate.allow_trained_judge=true");
  return partial;
}

void check_tokens(const Experiment& experiment, const ClipTokenizer& tokenizer) {
  for (const Subject& subject : experiment.subjects)
    if (const std::size_t count = token_count(tokenizer, subject.token); count != 1)
      log_warning("the token '" + subject.token + "' of " + subject.name + " is " + std::to_string(count) +
                  " tokens to CLIP, so it shares its meaning with other words; one such as " + rare_tokens()[0] +
                  " is better");
}

}  // namespace miafr
