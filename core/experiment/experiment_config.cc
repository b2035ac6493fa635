#include "core/experiment/experiment_config.h"

#include <algorithm>
#include <set>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/config/attributes.h"
#include "core/config/false_match_rates.h"
#include "core/config/nearest.h"
#include "core/config/plugin_choice.h"
#include "core/config/read_sections.h"
#include "core/config/scalar.h"
#include "core/config/yaml_reader.h"
#include "core/experiment/config_nodes.h"
#include "core/experiment/person_folders.h"
#include "core/experiment/read_methods.h"
#include "core/experiment/read_subjects.h"
#include "core/experiment/tokens.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

const Words kOwnKeys = {"subjects", "methods", "losses", "seeds", "prompts", "ages", "attributes", "evaluate", "slurm"};

Words names_of(const ParamTable& table) {
  Words names;
  for (const ParamSpec& spec : table) names.push_back(spec.name);
  return names;
}

// The single values at the top of the file.
ExperimentNames read_names(const Node& root) {
  const ParamTable table = section<ExperimentNames>().table();
  const Words names = names_of(table);
  RawParams raw;
  for (const Node& entry : root.children) {
    if (!contains(names, entry.key) || entry.is_null()) continue;
    if (entry.kind != Node::Kind::kScalar) refuse(entry, entry.key + ": a single value is needed");
    raw.push_back({entry.key, entry.text, entry.origin, entry.key});
  }
  ExperimentNames read;
  section<ExperimentNames>().assign(resolve_params(table, raw, ""), read);
  return read;
}

class Reader {
 public:
  Reader(const fs::path& file, Node root, const fs::path& attributes)
      : paths_(fs::absolute(file).parent_path()), root_(std::move(root)), attributes_(attributes) {}

  Experiment read(const std::string& default_name) {
    check_keys(root_, "", joined(joined(names_of(section<ExperimentNames>().table()), kRunSections), kOwnKeys));
    names_ = read_names(root_);
    Experiment experiment;
    experiment.name = names_.name.empty() ? default_name : names_.name;
    if (!is_folder_name(experiment.name))
      refuse(root_, "name " + miafr::quoted(experiment.name) + ": not a folder's name");
    if (names_.checkpoint.empty()) refuse(root_, "checkpoint is missing");
    experiment.checkpoint = paths_.file(*root_.find("checkpoint"), "checkpoint", names_.checkpoint);
    if (!names_.regularisation.empty())
      experiment.regularisation = paths_.folder(*root_.find("regularisation"), "regularisation", names_.regularisation);
    experiment.keep = names_.keep;
    experiment.subjects = read_subjects(root_, names_.class_word, paths_);
    experiment.methods = read_methods(root_, names_.config, paths_);
    if (const Node* seeds = root_.find("seeds")) experiment.seeds = read_seeds(*seeds);
    experiment.ages = read_ages();
    experiment.attributes = texts_of(root_.find("attributes"), "attributes");
    experiment.prompts = read_prompts(experiment.ages);
    read_evaluate(experiment);
    experiment.slurm = read_slurm();
    return experiment;
  }

 private:
  // ---- seeds, prompts

  static std::vector<std::int64_t> read_seeds(const Node& node) {
    constexpr std::int64_t kLargestSeed = 4294967295;  // that train.seed takes
    std::vector<std::int64_t> seeds;
    for (const Node* item : items_of(node, "seeds")) {
      const auto seed = parse_integer(item->text);
      if (!seed || *seed < 0 || *seed > kLargestSeed)
        refuse(*item,
               "seeds: " + miafr::quoted(item->text) + " is no whole number from 0 to " + std::to_string(kLargestSeed));
      if (std::find(seeds.begin(), seeds.end(), *seed) != seeds.end())
        refuse(*item, "seeds: " + item->text + " is there twice");
      seeds.push_back(*seed);
    }
    if (seeds.empty()) refuse(node, "seeds: at least one is needed");
    return seeds;
  }

  // A list of words, or a map of words to the years that they mean: child: [0, 12].
  std::vector<AgeWord> read_ages() const {
    std::vector<AgeWord> ages;
    const Node* node = root_.find("ages");
    if (!node) return ages;
    if (!node->is_map()) {
      for (const std::string& word : texts_of(node, "ages")) ages.push_back({word, std::nullopt});
      return ages;
    }
    for (const Node& entry : node->children) {
      const auto bounds = items_of(entry, "ages." + entry.key);
      AgeWord age{entry.key, std::nullopt};
      if (bounds.size() == 2 && parse_real(bounds[0]->text) && parse_real(bounds[1]->text))
        age.years = {*parse_real(bounds[0]->text), *parse_real(bounds[1]->text)};
      if (!bounds.empty() && !(age.years && age.years->first <= age.years->second))
        refuse(entry, "ages." + entry.key + ": [from, to] in years is needed, such as [13, 19]");
      ages.push_back(age);
    }
    return ages;
  }

  std::vector<PlaceWord> read_attributes_of(const Node* node, std::string& prompt) const {
    const std::vector<std::string> names = texts_of(node, "attributes");
    if (names.empty()) return {};
    const fs::path file = names_.attribute_file.empty()
                              ? attributes_
                              : paths_.file(*root_.find("attribute_file"), "attribute_file", names_.attribute_file);
    const AttributeTable table = read_attributes(file.string());
    prompt = table.prompt;
    std::vector<PlaceWord> words;
    const auto add = [&](const Attribute& one) {
      words.push_back({one.name, names_.spelling == "glued" ? one.glued : one.spaced});
    };
    try {
      for (const std::string& name : names)
        if (name == "all")
          for (const Attribute& one : table.attributes) add(one);
        else
          add(table.find(name));
    } catch (const UsageError& e) {
      refuse(*node, e.what());
    }
    return words;
  }

  std::vector<Prompt> read_prompts(const std::vector<AgeWord>& ages) const {
    std::vector<Prompt> prompts = prompt_templates();
    std::string attribute_prompt;
    const std::vector<PlaceWord> attributes = read_attributes_of(root_.find("attributes"), attribute_prompt);
    std::vector<PlaceWord> words;
    for (const AgeWord& age : ages) words.push_back({age.word, age.word});
    if (prompts.empty() && !ages.empty()) prompts.push_back({"photo of a {token} {class} as {age}", ""});
    if (prompts.size() < 2 && !attributes.empty() && !root_.find("prompts")) prompts.push_back({attribute_prompt, ""});
    if (prompts.empty()) prompts.push_back({"photo of a {token} {class}", ""});
    try {
      prompts = expand_place(expand_place(prompts, "attribute", "attributes:", attributes), "age", "ages:", words);
    } catch (const UsageError& e) {
      refuse(root_.find("prompts") ? *root_.find("prompts") : root_, e.what());
    }
    std::set<std::string> texts;
    for (const Prompt& prompt : prompts)
      if (!texts.insert(prompt.text).second)
        refuse(root_, "the prompt " + miafr::quoted(prompt.text) + " is there twice");
    return prompts;
  }

  // As in a training config.
  std::vector<Prompt> prompt_templates() const {
    const Node* node = root_.find("prompts");
    std::vector<Prompt> prompts;
    if (!node) return prompts;
    Node alone;
    set_at_path(alone, {"prompts"}, *node);
    for (const PromptConfig& prompt : read_sections(alone).prompts) prompts.push_back({prompt.text, prompt.label});
    return prompts;
  }

  // ---- evaluation, Slurm

  void read_evaluate(Experiment& experiment) const {
    EvaluateConfig& evaluate = experiment.evaluate;
    if (const Node* node = root_.find("evaluate")) {
      Node alone, own = *node;
      own.children.erase(std::remove_if(own.children.begin(), own.children.end(),
                                        [](const Node& entry) { return entry.key == "methods"; }),
                         own.children.end());
      set_at_path(alone, {"evaluate"}, own);
      evaluate = read_sections(alone).evaluate;
      if (evaluate.matchers.empty()) refuse(*node, "evaluate.matchers: at least one is needed");
      for (const auto& [key, path] :
           {std::pair("references", &evaluate.references), std::pair("impostors", &evaluate.impostors)})
        if (!path->empty()) *path = paths_.folder(*node->find(key), std::string("evaluate.") + key, *path).string();
      if (!evaluate.groups.empty())
        evaluate.groups = paths_.file(*node->find("groups"), "evaluate.groups", evaluate.groups).string();
      check_baseline(*node, experiment);
    }
    try {
      experiment.fmr = false_match_rates(evaluate.fmr, "evaluate.fmr");
    } catch (const ConfigError& e) {
      refuse(*root_.find("evaluate")->find("fmr"), e.what());
    }
    check_references(experiment);
  }

  static void check_baseline(const Node& node, const Experiment& experiment) {
    const EvaluateConfig& evaluate = experiment.evaluate;
    if (evaluate.baseline.empty()) return;
    Words names = {"original"};
    for (const Method& method : experiment.methods) names.push_back(method.name);
    if (!contains(names, evaluate.baseline))
      refuse(*node.find("baseline"), "evaluate.baseline: no method is named " + miafr::quoted(evaluate.baseline) +
                                         suggestion(evaluate.baseline, names, "there are"));
    if (evaluate.bootstrap == 0)
      refuse(*node.find("baseline"),
             "evaluate.baseline: methods are compared by a bootstrap; leave it out, or evaluate.bootstrap=0");
  }

  // "; is 'anna' meant?", where a folder for a person has nearly that name.
  static std::string meant_person(const std::string& name, const std::string& folder) {
    std::vector<std::string> names;
    for (const fs::path& person : person_folders(folder)) names.push_back(person.filename().string());
    const std::string meant = nearest(name, names);
    return meant.empty() ? "" : "; is " + miafr::quoted(meant) + " meant?";
  }

  // Persons are told apart by the names of their folders: two of one name would become one.
  void check_references(const Experiment& experiment) const {
    const EvaluateConfig& evaluate = experiment.evaluate;
    if (!evaluate.references.empty() && !evaluate.impostors.empty())
      for (const fs::path& person : person_folders(evaluate.impostors))
        if (fs::is_directory(fs::path(evaluate.references) / person.filename()))
          refuse(*root_.find("evaluate")->find("impostors"),
                 "evaluate.impostors: " + miafr::quoted(person.filename().string()) +
                     " is a folder of evaluate.references, too; impostors are other persons, so rename it or leave it "
                     "out of one of them");
    for (const Subject& subject : experiment.subjects) {
      if (!evaluate.references.empty() && subject.references.empty() &&
          !fs::is_directory(fs::path(evaluate.references) / subject.name))
        refuse(*root_.find("evaluate")->find("references"), "evaluate.references: there is no folder for the subject " +
                                                                miafr::quoted(subject.name) +
                                                                meant_person(subject.name, evaluate.references));
      if (!evaluate.impostors.empty() && fs::exists(fs::path(evaluate.impostors) / subject.name))
        refuse(*root_.find("evaluate")->find("impostors"),
               "evaluate.impostors: " + miafr::quoted(subject.name) + " is a subject, too");
    }
  }

  // They go into a script as they are.
  std::vector<std::string> read_slurm() const {
    const Node* node = root_.find("slurm");
    const std::vector<std::string> options = texts_of(node, "slurm");
    for (const std::string& option : options)
      if (option.rfind("-", 0) != 0 || option.find('\n') != std::string::npos)
        refuse(*node, "slurm: " + miafr::quoted(option) + " is no option of sbatch, such as --gres=gpu:1");
    return options;
  }

  const ExperimentPaths paths_;
  const Node root_;
  const fs::path attributes_;
  ExperimentNames names_;
};

}  // namespace

std::vector<std::string> Experiment::trained_methods() const {
  std::vector<std::string> names;
  for (const Method& method : methods)
    if (method.trains()) names.push_back(method.name);
  return names;
}

Experiment read_experiment(const fs::path& file, const std::vector<Override>& changes, const fs::path& attributes) {
  Node root = read_yaml_file(file.string());
  for (const Override& change : changes) set_at_path(root, change.path, read_yaml_value(change.value, change.origin));
  return Reader(file, std::move(root), attributes).read(file.stem().string());
}

}  // namespace miafr
