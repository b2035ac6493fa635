#include "core/experiment/read_methods.h"

#include <algorithm>

#include "core/config/load_config.h"
#include "core/config/plugin_choice.h"
#include "core/config/read_sections.h"
#include "core/config/to_yaml.h"
#include "core/config/yaml_reader.h"

namespace miafr {

const Words kRunSections = {"model", "data", "train", "sampler", "generate"};

namespace {

Node empty_map() {
  Node map;
  map.kind = Node::Kind::kMap;
  return map;
}

// Two names have a meaning to `miafr evaluate`, and two are of folders beside those of the methods (evaluation_run.h).
void check_name(const Node& entry, const std::string& where) {
  const std::string name = miafr::quoted(entry.key);
  if (!is_folder_name(entry.key)) refuse(entry, where + ": the name " + name + " cannot be a folder's; give another");
  if (contains({"original", "vae_round_trip", "references", "training"}, entry.key))
    refuse(entry, where + ": the name " + name +
                      " is not possible, as original, vae_round_trip, references and training mean something else "
                      "here; give another");
}

class MethodReader {
 public:
  MethodReader(const Node& root, const std::string& config, const ExperimentPaths& paths)
      : root_(root), config_(config), paths_(paths) {}

  std::vector<Method> read() {
    add_all("methods", &MethodReader::any_method);
    add_all("losses", &MethodReader::trained);
    if (const Node* evaluate = root_.find("evaluate"); evaluate && evaluate->find("methods"))
      add_folders(*evaluate->find("methods"));
    if (std::all_of(methods_.begin(), methods_.end(), [](const Method& m) { return m.kind == Method::Kind::kFolder; }))
      refuse(at_fault(), "methods is missing: a name for each way of editing, such as plain: {losses: []}");
    return std::move(methods_);
  }

 private:
  using ReadOne = Method (MethodReader::*)(const Node& entry, const std::string& path) const;

  // The node to be named where there is no method.
  const Node& at_fault() const {
    for (const char* key : {"methods", "losses"})
      if (const Node* node = root_.find(key)) return *node;
    return root_;
  }

  void add_all(const char* key, ReadOne read_one) {
    const Node* node = root_.find(key);
    if (!node || node->is_null()) return;
    if (!node->is_map())
      refuse(*node, std::string(key) + ": a map is needed, a name for each " +
                        (key == std::string("losses") ? "way of training: plain: []" : "method: plain: {losses: []}"));
    for (const Node& entry : node->children) {
      check_name(entry, key);
      add((this->*read_one)(entry, std::string(key) + "." + entry.key), entry, key);
    }
  }

  void add(Method method, const Node& entry, const std::string& where) {
    for (const Method& other : methods_)
      if (other.name == entry.key) refuse(entry, where + "." + entry.key + ": another method has that name");
    method.name = entry.key;
    method.origin = entry.origin;
    methods_.push_back(std::move(method));
  }

  void add_folders(const Node& node) {
    if (node.is_null()) return;
    if (!node.is_map()) refuse(node, "evaluate.methods: a map is needed, a folder for each name: theirs: edited");
    for (const Node& entry : node.children) {
      const std::string path = "evaluate.methods." + entry.key;
      check_name(entry, path);
      add(folder_method(entry, path), entry, "evaluate.methods");
    }
  }

  // Which kind it is follows from the keys: editor, folder, or a training's; else the checkpoint paints as it is.
  Method any_method(const Node& entry, const std::string& path) const {
    const auto has = [&](const char* key) { return entry.is_map() && entry.find(key) != nullptr; };
    if (has("editor")) return edited(entry, path);
    if (has("folder")) {
      check_keys(entry, path, {"folder"});
      return folder_method(*entry.find("folder"), path + ".folder");
    }
    const bool trains = !entry.is_map() || has("losses") || has("train") || has("data") || has("config");
    if (trains) return trained(entry, path);
    if (!has("generate") && !has("sampler"))
      refuse(entry, path + ": losses or train for a training, editor, generate, or folder is needed");
    check_keys(entry, path, {"generate", "sampler", "model"});
    Method method;
    method.kind = Method::Kind::kGenerated;
    method.config = config_of(entry, path);
    return method;
  }

  Method edited(const Node& entry, const std::string& path) const {
    check_keys(entry, path, {"editor", "params", "generate"});
    Method method;
    method.kind = Method::Kind::kEdited;
    PluginChoice editor = read_plugin_choice(*entry.find("editor"), path + ".editor");
    if (const Node* params = entry.find("params"))
      for (RawParam& param : raw_params(*params, path + ".params")) editor.params.push_back(std::move(param));
    method.editor = to_text(editor);
    Node own = entry;
    own.children.clear();
    if (const Node* generate = entry.find("generate")) own.children.push_back(*generate);
    method.config = config_of(own, path);
    return method;
  }

  Method folder_method(const Node& node, const std::string& path) const {
    if (node.kind != Node::Kind::kScalar) refuse(node, path + ": a folder is needed");
    Method method;
    method.kind = Method::Kind::kFolder;
    method.folder = paths_.folder(node, path, node.text);
    return method;
  }

  // A map of settings (a run config's sections, and `config`, a file that takes the place of the shared one), or a list
  // of losses as in a run config.
  Method trained(const Node& entry, const std::string& path) const {
    Node own = entry;
    if (own.kind == Node::Kind::kList) {
      own = empty_map();
      own.origin = entry.origin;
      own.children = {entry};
      own.children[0].key = "losses";
    }
    if (own.is_null()) refuse(entry, path + ": [] for no identity loss, or a list of losses, or a map of settings");
    check_keys(own, path, joined(kRunSections, {"losses", "config"}));
    Method method;
    method.config = config_of(own, path);
    return method;
  }

  RunConfig config_of(const Node& own, const std::string& path) const {
    const Node* file = own.find("config");
    if (file && file->kind != Node::Kind::kScalar) refuse(*file, path + ".config: a file is needed");
    Node config = base_config(file ? *file : root_, file ? file->text : config_);
    merge(config, root_, kRunSections);
    merge(config, own, joined(kRunSections, {"losses"}));
    return read_sections(config, experiment_defaults());
  }

  // In our layout, whatever the file's is.
  Node base_config(const Node& named_by, const std::string& name) const {
    if (name.empty()) return empty_map();
    const Node& at = named_by.kind == Node::Kind::kScalar ? named_by : *root_.find("config");
    const LoadedConfig loaded = load_config(paths_.file(at, "config", name).string(), {}, experiment_defaults());
    return read_yaml_text(to_yaml(loaded.config), name);
  }

  static void merge(Node& config, Node from, const Words& sections) {
    name_plugins_as_maps(from);
    for (const std::string& section : sections) {
      const Node* given = from.find(section);
      if (!given) continue;
      if (section == "train" && given->find("seed"))
        refuse(*given->find("seed"), "train.seed: a trial has one of the experiment's seeds; write seeds: [23]");
      set_at_path(config, {section}, *given);
    }
  }

  const Node& root_;
  const std::string& config_;
  const ExperimentPaths& paths_;
  std::vector<Method> methods_;
};

}  // namespace

RunConfig experiment_defaults() {
  RunConfig config;
  config.generate.images = 4;
  config.generate.batch_size = 1;
  return config;
}

std::vector<Method> read_methods(const Node& root, const std::string& config, const ExperimentPaths& paths) {
  return MethodReader(root, config, paths).read();
}

}  // namespace miafr
