#include "core/commands/experiment_checks.h"

#include <algorithm>
#include <set>
#include <variant>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/base/shown.h"
#include "core/config/config_error.h"
#include "core/config/plugin_choice.h"
#include "core/evaluation/demographic_groups.h"
#include "core/evaluation/evaluate_scores.h"
#include "core/experiment/person_folders.h"
#include "core/experiment/tokens.h"
#include "core/image/find_images.h"
#include "core/plugin/age_estimator.h"
#include "core/plugin/editor.h"
#include "core/plugin/face_detector.h"
#include "core/plugin/face_matcher.h"
#include "core/plugin/loss.h"
#include "core/plugin/sampler.h"
#include "core/runtime/chosen_plugin.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

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

// Names of the face matchers that the losses of one method ask for.
std::set<std::string> trained_against(const Method& method, PluginRegistry& registry) {
  std::set<std::string> matchers;
  for (const LossConfig& loss : method.config.losses) {
    ParamTable table;
    const Params params = checked_params<IdentityLoss>(registry, loss.name, loss.params,
                                                       "losses." + method.name + "." + loss.name, loss.origin, &table);
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

bool has_images(const fs::path& folder) { return !find_images(folder, /*recursive=*/true).files.empty(); }

// Those that subjects' pictures are compared with.
fs::path references_of(const Subject& subject, const EvaluateConfig& judge) {
  if (!subject.references.empty()) return subject.references;
  return judge.references.empty() ? subject.photos : fs::path(judge.references) / subject.name;
}

void check_groups_of(const Experiment& experiment) {
  const EvaluateConfig& judge = experiment.evaluate;
  if (judge.groups.empty()) return;
  std::set<std::string> persons;
  for (const Subject& subject : experiment.subjects) persons.insert(subject.name);
  for (const std::string& folder : {judge.references, judge.impostors})
    if (!folder.empty())
      for (const fs::path& person : person_folders(folder)) persons.insert(person.filename().string());
  check_groups(persons, read_demographic_groups(judge.groups));
}

}  // namespace

void check_judged_folders(const Experiment& experiment) {
  for (const Subject& subject : experiment.subjects)
    if (const fs::path folder = references_of(subject, experiment.evaluate); !has_images(folder))
      throw Error(miafr::quoted(subject.name) + " has no photo to be compared with; put one into " +
                  shown(folder.string(), 300));
  for (const Method& method : experiment.methods)
    if (method.kind == Method::Kind::kFolder && !has_images(method.folder))
      throw Error("methods." + method.name + ": there are no images in " + shown(method.folder.string(), 300));
  check_groups_of(experiment);
}

Judges check_plugins(const Experiment& experiment, PluginRegistry& registry,
                     const std::vector<std::string>& model_folders) {
  std::set<std::string> trained;
  for (const Method& method : experiment.methods) {
    if (method.kind == Method::Kind::kFolder) continue;
    if (method.kind == Method::Kind::kEdited) {
      const std::string path = "methods." + method.name;
      const PluginChoice editor = parse_plugin_choice(method.editor, path + ".editor", method.origin);
      checked_params<Editor>(registry, editor.name, editor.params, path, method.origin);
      continue;
    }
    const SamplerConfig& sampler = method.config.sampler;
    checked_params<Sampler>(registry, sampler.name, sampler.params, "sampler.params", sampler.origin);
    if (method.trains()) trained.merge(trained_against(method, registry));
  }
  const EvaluateConfig& judge = experiment.evaluate;
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
