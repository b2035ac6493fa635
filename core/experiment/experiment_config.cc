#include "core/experiment/experiment_config.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/config/attributes.h"
#include "core/config/load_config.h"
#include "core/config/nearest.h"
#include "core/config/plugin_choice.h"
#include "core/config/read_sections.h"
#include "core/config/scalar.h"
#include "core/config/to_yaml.h"
#include "core/config/yaml_reader.h"
#include "core/experiment/person_folders.h"
#include "core/experiment/tokens.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kRunSections = {"model", "data", "train", "sampler"};
const std::vector<std::string> kOwnKeys = {"subjects",   "losses",   "seeds",    "prompts", "ages",
                                           "attributes", "generate", "evaluate", "slurm"};

std::vector<std::string> names_of(const ParamTable& table) {
  std::vector<std::string> names;
  for (const ParamSpec& spec : table) names.push_back(spec.name);
  return names;
}

std::vector<std::string> joined(std::vector<std::string> a, const std::vector<std::string>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

[[noreturn]] void refuse(const Node& node, const std::string& reason) { throw ConfigError(node.origin, reason); }

void check_keys(const Node& map, const std::string& path, const std::vector<std::string>& known) {
  if (!map.is_map()) refuse(map, path + ": a map (key: value) is needed");
  for (const Node& entry : map.children)
    if (!contains(known, entry.key))
      refuse(entry, (path.empty() ? "" : path + ": ") + "unknown key '" + shown(entry.key) + "'" +
                        suggestion(entry.key, known, "known"));
}

// The single values among `map`'s entries that S has a row for.
template <class S>
void read_table(const Node& map, const std::string& path, S& target) {
  const ParamTable table = section<S>().table();
  const std::vector<std::string> names = names_of(table);
  RawParams raw;
  for (const Node& entry : map.children) {
    if (!contains(names, entry.key) || entry.is_null()) continue;
    const std::string whole = path.empty() ? entry.key : path + "." + entry.key;
    if (entry.is_map() && entry.find("name")) {
      raw.push_back({entry.key, to_text(read_plugin_choice(entry, whole)), entry.origin, whole, true});
      continue;
    }
    if (entry.kind != Node::Kind::kScalar) refuse(entry, whole + ": a single value is needed");
    raw.push_back({entry.key, entry.text, entry.origin, whole});
  }
  section<S>().assign(resolve_params(table, raw, path), target);
}

// A list of single values; one alone stands for a list of it.
std::vector<const Node*> items_of(const Node& node, const std::string& path) {
  std::vector<const Node*> items;
  if (node.is_null()) return items;
  if (node.kind == Node::Kind::kScalar) return {&node};
  if (node.kind != Node::Kind::kList) refuse(node, path + ": a list is needed");
  for (const Node& item : node.children) {
    if (item.kind != Node::Kind::kScalar) refuse(item, path + ": a list of single values is needed");
    items.push_back(&item);
  }
  return items;
}

std::vector<std::string> texts_of(const Node* node, const std::string& path) {
  std::vector<std::string> texts;
  if (!node) return texts;
  for (const Node* item : items_of(*node, path)) texts.push_back(item->text);
  return texts;
}

// A list of plugins, each a text or a map; one alone stands for a list of it.
std::vector<std::string> plugins_of(const Node& node, const std::string& path) {
  std::vector<std::string> plugins;
  if (node.is_null()) return plugins;
  if (node.kind != Node::Kind::kList) return {to_text(read_plugin_choice(node, path))};
  for (const Node& item : node.children) plugins.push_back(to_text(read_plugin_choice(item, path)));
  return plugins;
}

bool is_from_command_line(const Node& node) { return node.origin.rfind("command line", 0) == 0; }

// A name becomes a folder, and words of a command line.
bool is_folder_name(const std::string& name) {
  return !name.empty() && name[0] != '.' && name[0] != '-' && name.size() <= 200 &&
         std::none_of(name.begin(), name.end(),
                      [](char c) { return c == '/' || c == '=' || static_cast<unsigned char>(c) < 32 || c == 127; });
}

class Reader {
 public:
  Reader(const fs::path& file, Node root, const fs::path& attributes)
      : folder_(fs::absolute(file).parent_path()), root_(std::move(root)), attributes_(attributes) {}

  Experiment read(const std::string& default_name) {
    check_keys(root_, "", joined(joined(names_of(section<ExperimentNames>().table()), kRunSections), kOwnKeys));
    read_table(root_, "", names_);
    Experiment experiment;
    experiment.name = names_.name.empty() ? default_name : names_.name;
    if (!is_folder_name(experiment.name))
      refuse(root_, "name " + miafr::quoted(experiment.name) + ": not a folder's name");
    experiment.checkpoint = required_path("checkpoint", names_.checkpoint);
    experiment.regularisation = folder_or_none("regularisation", names_.regularisation);
    experiment.keep = names_.keep;
    experiment.subjects = read_subjects();
    experiment.losses = read_losses();
    if (const Node* seeds = root_.find("seeds")) experiment.seeds = read_seeds(*seeds);
    experiment.ages = read_ages();
    experiment.prompts = read_prompts(experiment.ages);
    if (const Node* paint = root_.find("generate")) {
      check_keys(*paint, "generate", names_of(section<PaintConfig>().table()));
      read_table(*paint, "generate", experiment.paint);
    }
    read_judge(experiment);
    experiment.slurm = read_slurm();
    return experiment;
  }

 private:
  fs::path path_of(const Node& node, const std::string& text) const {
    const fs::path path(text);
    return (path.is_absolute() ? path : (is_from_command_line(node) ? fs::current_path() : folder_) / path)
        .lexically_normal();
  }

  fs::path existing(const Node& node, const std::string& key, const std::string& text, bool folder) const {
    const fs::path path = path_of(node, text);
    if (folder ? !fs::is_directory(path) : !fs::exists(path))
      refuse(node, key + ": there is no " + (folder ? "folder " : "") + shown(path.string(), 300));
    return path;
  }

  fs::path required_path(const char* key, const std::string& text) const {
    if (text.empty()) refuse(root_, std::string(key) + " is missing");
    return existing(*root_.find(key), key, text, false);
  }

  fs::path folder_or_none(const char* key, const std::string& text) const {
    return text.empty() ? fs::path() : existing(*root_.find(key), key, text, true);
  }

  // ---- subjects

  std::vector<Subject> read_subjects() const {
    const Node* node = root_.find("subjects");
    if (!node || node->is_null())
      refuse(node ? *node : root_, "subjects is missing: a folder with a folder for each person, or a list of persons");
    std::vector<Subject> subjects = node->kind == Node::Kind::kScalar ? subjects_below(*node) : listed_subjects(*node);
    std::set<std::string> names, tokens;
    std::vector<std::string> words;
    for (const Subject& subject : subjects) {
      if (!is_folder_name(subject.name))
        throw ConfigError(subject.origin, "subjects: the name " + miafr::quoted(subject.name) +
                                              " cannot be a folder's; give another with name:");
      if (!names.insert(subject.name).second)
        throw ConfigError(subject.origin, "subjects: " + miafr::quoted(subject.name) + " is there twice");
      if (!subject.token.empty() && !tokens.insert(subject.token).second)
        throw ConfigError(subject.origin, "subjects: the token " + miafr::quoted(subject.token) +
                                              " stands for two persons; each needs its own");
      words.push_back(subject.token);
    }
    give_tokens(words);
    for (std::size_t i = 0; i < subjects.size(); ++i) {
      subjects[i].names_token = !subjects[i].token.empty();
      subjects[i].token = words[i];
    }
    return subjects;
  }

  std::vector<Subject> subjects_below(const Node& node) const {
    const fs::path folder = existing(node, "subjects", node.text, true);
    std::vector<Subject> subjects;
    for (const fs::path& person : person_folders(folder))
      subjects.push_back({person.filename().string(), person, "", names_.class_word, "", node.origin});
    if (subjects.empty())
      refuse(node, "subjects: there is no folder in " + shown(folder.string(), 300) +
                       "; it has to hold one for each person, with that person's photos");
    return subjects;
  }

  std::vector<Subject> listed_subjects(const Node& list) const {
    if (list.kind != Node::Kind::kList) refuse(list, "subjects: a folder or a list is needed");
    if (list.children.empty()) refuse(list, "subjects: the list is empty; a person is - photos: FOLDER");
    std::vector<Subject> subjects;
    for (const Node& item : list.children) {
      const std::string path = "subjects[" + std::to_string(subjects.size()) + "]";
      check_keys(item, path, {"name", "photos", "token", "class_word", "references"});
      const auto text = [&](const char* key, const std::string& otherwise) {
        const Node* value = item.find(key);
        if (value && value->kind != Node::Kind::kScalar) refuse(*value, path + "." + key + ": a text is needed");
        return value ? value->text : otherwise;
      };
      if (!item.find("photos")) refuse(item, path + ": photos is missing, the folder of the person's photos");
      Subject subject;
      subject.origin = item.origin;
      subject.photos = existing(*item.find("photos"), path + ".photos", text("photos", ""), true);
      subject.name = text("name", (subject.photos / "").parent_path().filename().string());
      subject.token = text("token", "");
      subject.class_word = text("class_word", names_.class_word);
      if (item.find("references"))
        subject.references = existing(*item.find("references"), path + ".references", text("references", ""), true);
      subjects.push_back(subject);
    }
    return subjects;
  }

  // ---- losses

  // Two names have a meaning to `miafr evaluate`, and two are of folders beside those of the losses (evaluation_run.h).
  static void check_method_name(const Node& entry, const std::string& where) {
    const std::string name = miafr::quoted(entry.key);
    if (!is_folder_name(entry.key)) refuse(entry, where + ": the name " + name + " cannot be a folder's; give another");
    if (contains({"original", "vae_round_trip", "references", "training"}, entry.key))
      refuse(entry, where + ": the name " + name +
                        " is not possible, as original, vae_round_trip, references and training mean something else "
                        "here; give another");
  }

  // A map of settings (a training config's sections, and `config`, a file that takes the place of the shared one), or a
  // list of losses as in a training config.
  std::vector<LossVariant> read_losses() const {
    const Node* node = root_.find("losses");
    if (!node || node->is_null() || (node->is_map() && node->children.empty()))
      refuse(node ? *node : root_, "losses is missing: a name for each way of training, such as plain: []");
    if (!node->is_map()) refuse(*node, "losses: a map is needed, a name for each way of training: plain: []");
    std::vector<LossVariant> losses;
    for (const Node& entry : node->children) {
      check_method_name(entry, "losses");
      losses.push_back({entry.key, variant_config(entry)});
    }
    return losses;
  }

  RunConfig variant_config(const Node& entry) const {
    const std::string path = "losses." + entry.key;
    Node own = entry;
    if (own.kind == Node::Kind::kList) {
      own = Node{};
      own.kind = Node::Kind::kMap;
      own.origin = entry.origin;
      own.children = {entry};
      own.children[0].key = "losses";
    }
    if (own.is_null()) refuse(entry, path + ": [] for no identity loss, or a list of losses, or a map of settings");
    check_keys(own, path, joined(kRunSections, {"losses", "config"}));
    const Node* file = own.find("config");
    if (file && file->kind != Node::Kind::kScalar) refuse(*file, path + ".config: a file is needed");
    Node config = base_config(file ? *file : root_, file ? file->text : names_.config);
    merge(config, root_, kRunSections);
    merge(config, own, joined(kRunSections, {"losses"}));
    return read_sections(config);
  }

  // In our layout, whatever the file's is.
  Node base_config(const Node& named_by, const std::string& name) const {
    Node none;
    none.kind = Node::Kind::kMap;
    if (name.empty()) return none;
    const Node& at = named_by.kind == Node::Kind::kScalar ? named_by : *root_.find("config");
    const LoadedConfig loaded = load_config(existing(at, "config", name, false).string());
    return read_yaml_text(to_yaml(loaded.config), name);
  }

  static void merge(Node& config, Node from, const std::vector<std::string>& sections) {
    name_plugins_as_maps(from);
    for (const std::string& section : sections) {
      const Node* given = from.find(section);
      if (!given) continue;
      if (section == "train" && given->find("seed"))
        refuse(*given->find("seed"), "train.seed: a cell has one of the experiment's seeds; write seeds: [23]");
      set_at_path(config, {section}, *given);
    }
  }

  // ---- seeds, prompts

  static std::vector<std::int64_t> read_seeds(const Node& node) {
    std::vector<std::int64_t> seeds;
    for (const Node* item : items_of(node, "seeds")) {
      const auto seed = parse_integer(item->text);
      if (!seed || *seed < 0) refuse(*item, "seeds: " + miafr::quoted(item->text) + " is no whole number from 0 on");
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
                              : existing(*root_.find("attribute_file"), "attribute_file", names_.attribute_file, false);
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

  void read_judge(Experiment& experiment) const {
    JudgeConfig& judge = experiment.judge;
    if (const Node* node = root_.find("evaluate")) {
      check_keys(*node, "evaluate", joined(names_of(section<JudgeConfig>().table()), {"matchers", "fmr", "methods"}));
      read_table(*node, "evaluate", judge);
      if (const Node* matchers = node->find("matchers")) judge.matchers = plugins_of(*matchers, "evaluate.matchers");
      if (judge.matchers.empty()) refuse(*node, "evaluate.matchers: at least one is needed");
      if (const Node* fmr = node->find("fmr")) judge.fmr = read_rates(*fmr);
      if (const Node* methods = node->find("methods")) judge.methods = read_methods(*methods, experiment.losses);
      for (const auto& [key, path] :
           {std::pair("references", &judge.references), std::pair("impostors", &judge.impostors)})
        if (!path->empty()) *path = existing(*node->find(key), std::string("evaluate.") + key, *path, true).string();
      if (!judge.groups.empty())
        judge.groups = existing(*node->find("groups"), "evaluate.groups", judge.groups, false).string();
      const auto is_baseline = [&](const LossVariant& loss) { return loss.name == judge.baseline; };
      if (!judge.baseline.empty() && judge.baseline != "original" &&
          std::none_of(experiment.losses.begin(), experiment.losses.end(), is_baseline))
        refuse(*node->find("baseline"), "evaluate.baseline: no loss is named " + miafr::quoted(judge.baseline));
      if (!judge.baseline.empty() && judge.bootstrap == 0)
        refuse(*node->find("baseline"),
               "evaluate.baseline: methods are compared by a bootstrap; leave it out, or evaluate.bootstrap=0");
    }
    check_references(experiment);
  }

  std::vector<std::pair<std::string, fs::path>> read_methods(const Node& node,
                                                             const std::vector<LossVariant>& losses) const {
    std::vector<std::pair<std::string, fs::path>> methods;
    if (node.is_null()) return methods;
    if (!node.is_map()) refuse(node, "evaluate.methods: a map is needed, a folder for each name: theirs: edited");
    for (const Node& entry : node.children) {
      const std::string path = "evaluate.methods." + entry.key;
      check_method_name(entry, path);
      if (std::any_of(losses.begin(), losses.end(), [&](const LossVariant& loss) { return loss.name == entry.key; }))
        refuse(entry, path + ": a loss has that name");
      if (entry.kind != Node::Kind::kScalar) refuse(entry, path + ": a folder is needed");
      methods.emplace_back(entry.key, existing(entry, path, entry.text, true));
    }
    return methods;
  }

  // Persons are told apart by the names of their folders: two of one name would become one.
  void check_references(const Experiment& experiment) const {
    const JudgeConfig& judge = experiment.judge;
    if (!judge.references.empty() && !judge.impostors.empty())
      for (const fs::path& person : person_folders(judge.impostors))
        if (fs::is_directory(fs::path(judge.references) / person.filename()))
          refuse(*root_.find("evaluate")->find("impostors"),
                 "evaluate.impostors: " + miafr::quoted(person.filename().string()) +
                     " is a folder of evaluate.references, too; impostors are other persons, so rename it or leave it "
                     "out of one of them");
    for (const Subject& subject : experiment.subjects) {
      if (!judge.references.empty() && subject.references.empty() &&
          !fs::is_directory(fs::path(judge.references) / subject.name))
        refuse(*root_.find("evaluate")->find("references"),
               "evaluate.references: there is no folder for the subject " + miafr::quoted(subject.name));
      if (!judge.impostors.empty() && fs::exists(fs::path(judge.impostors) / subject.name))
        refuse(*root_.find("evaluate")->find("impostors"),
               "evaluate.impostors: " + miafr::quoted(subject.name) + " is a subject, too");
    }
  }

  static std::vector<double> read_rates(const Node& node) {
    std::vector<double> rates;
    for (const Node* item : items_of(node, "evaluate.fmr")) {
      const auto rate = parse_real(item->text);
      if (!rate || !(*rate > 0 && *rate <= 1))
        refuse(*item,
               "evaluate.fmr: " + miafr::quoted(item->text) + " is not a rate; over 0 and at most 1, such as 0.01");
      rates.push_back(*rate);
    }
    if (rates.empty()) refuse(node, "evaluate.fmr: at least one rate is needed, such as 0.01");
    return rates;
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

  const fs::path folder_;
  const Node root_;
  const fs::path attributes_;
  ExperimentNames names_;
};

}  // namespace

Experiment read_experiment(const fs::path& file, const std::vector<Override>& changes, const fs::path& attributes) {
  Node root = read_yaml_file(file.string());
  for (const Override& change : changes) set_at_path(root, change.path, read_yaml_value(change.value, change.origin));
  return Reader(file, std::move(root), attributes).read(file.stem().string());
}

}  // namespace miafr
