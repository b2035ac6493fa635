#include "core/commands/experiment_checks.h"

#include <algorithm>
#include <set>
#include <variant>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/config/config_error.h"
#include "core/config/plugin_choice.h"
#include "core/experiment/tokens.h"
#include "core/plugin/age_estimator.h"
#include "core/plugin/face_detector.h"
#include "core/plugin/face_matcher.h"
#include "core/plugin/loss.h"
#include "core/plugin/sampler.h"
#include "core/runtime/chosen_plugin.h"

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
        matchers.insert(parse_plugin_choice(params.text(spec.name), spec.name, loss.origin).name);
  }
  return matchers;
}

// Of a judge's parameters, defaults included, the files that they name.
template <class Interface>
void add_files(PluginRegistry& registry, const std::string& choice, const std::string& key,
               const std::vector<std::string>& model_folders, std::vector<std::filesystem::path>& files) {
  const PluginChoice chosen = parse_plugin_choice(choice, key, "");
  const auto library = registry.find(PluginKind<Interface>::kName, chosen.name);
  const Params params = resolve_params(library->params(), chosen.params, library->title());
  for (const auto& [name, value] : params.values()) {
    const auto* text = std::get_if<std::string>(&value);
    if (!text || text->empty()) continue;
    for (const std::string& folder : model_folders)
      if (const auto file = std::filesystem::path(folder) / *text; std::filesystem::is_regular_file(file)) {
        files.push_back(file);  // an absolute path is itself, whatever the folder
        break;
      }
  }
}

}  // namespace

Judges check_plugins(const Experiment& experiment, PluginRegistry& registry,
                     const std::vector<std::string>& model_folders) {
  std::set<std::string> trained;
  for (const LossVariant& loss : experiment.losses) {
    const SamplerConfig& sampler = loss.config.sampler;
    checked_params<Sampler>(registry, sampler.name, sampler.params, "sampler.params", sampler.origin);
    trained.merge(trained_against(loss, registry));
  }
  const JudgeConfig& judge = experiment.judge;
  Judges judges;
  if (!judge.aligned)
    add_files<FaceDetector>(registry, judge.detector, "evaluate.detector", model_folders, judges.files);
  if (judge.age != "none") add_files<AgeEstimator>(registry, judge.age, "evaluate.age", model_folders, judges.files);
  for (const std::string& matcher : judge.matchers) {
    add_files<FaceMatcher>(registry, matcher, "evaluate.matchers", model_folders, judges.files);
    const std::string name = parse_plugin_choice(matcher, "evaluate.matchers", "").name;
    if (trained.count(name)) judges.trained.push_back(name);
  }
  if (judges.trained.size() == judge.matchers.size() && !judge.allow_trained_judge)
    throw Error("a loss is trained against " + judges.trained[0] +
                ", so it may not be the only judge; name another in evaluate.matchers, or in the loss, or set "
                "evaluate.allow_trained_judge=true");
  return judges;
}

void check_tokens(const Experiment& experiment, const ClipTokenizer& tokenizer) {
  for (const Subject& subject : experiment.subjects)
    if (const std::size_t count = token_count(tokenizer, subject.token); count != 1)
      log_warning("the token '" + subject.token + "' of " + subject.name + " is " + std::to_string(count) +
                  " tokens to CLIP, so it shares its meaning with other words; one such as " + rare_tokens()[0] +
                  " is better");
}

}  // namespace miafr
