#include "core/config/read_sections.h"

#include <algorithm>

#include "core/config/nearest.h"
#include "core/config/overrides.h"
#include "core/config/plugin_choice.h"
#include "core/config/scalar.h"

namespace miafr {
namespace {

void check_key(const Node& entry, const std::string& owner, const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), entry.key) != known.end()) return;
  throw ConfigError(entry.origin, (owner.empty() ? "" : owner + ": ") + "unknown key '" + shown(entry.key) + "'" +
                                      suggestion(entry.key, known, "known"));
}

template <class S>
std::vector<std::string> known_keys() {
  std::vector<std::string> keys;
  for (const SettingRow& row : section<S>().rows()) keys.push_back(row.spec.name);
  if (kNamesPlugin<S>) keys.push_back("params");
  return keys;
}

// What a section that names a plugin has beside its table.
template <class S>
void read_plugin(const Node& node, const std::string& path, S& target) {
  if (target.name.empty()) throw ConfigError(node.origin, path + ": name is missing");
  if (const Node* name = node.find("name")) target.origin = name->origin;
  PluginChoice choice = parse_plugin_choice(target.name, path, target.origin);
  target.name = choice.name;
  target.params = std::move(choice.params);
  const Node* params = node.find("params");
  if (params)
    for (RawParam& param : raw_params(*params, path + ".params")) target.params.push_back(std::move(param));
}

// A list of single values, or of plugins as maps; one alone stands for a list of it, nothing for the empty list.
Words read_words(const Node& node, const std::string& path) {
  if (node.is_null()) return {};
  if (node.kind == Node::Kind::kScalar) return {node.text};
  if (node.is_map()) return {to_text(read_plugin_choice(node, path))};
  if (node.kind != Node::Kind::kList) refuse_kind(node, path, "a list of single values");
  Words words;
  for (const Node& item : node.children) {
    if (item.kind != Node::Kind::kScalar && !item.is_map()) refuse_kind(item, path, "a single value");
    words.push_back(item.is_map() ? to_text(read_plugin_choice(item, path)) : item.text);
  }
  return words;
}

// What the node does not say stays as it is in `target`.
template <class S>
void read_section(const Node& node, const std::string& path, S& target) {
  if (!node.is_map() && !node.is_null()) refuse_kind(node, path, "a map (key: value)");
  Node own = node;  // what the table is for
  own.children.clear();
  for (const Node& entry : node.children) {
    check_key(entry, path, known_keys<S>());
    if (Words* words = section<S>().list(entry.key, target))
      *words = read_words(entry, path + "." + entry.key);
    else if (!kNamesPlugin<S> || entry.key != "params")
      own.children.push_back(entry);
  }
  const ParamTable table = section<S>().table();
  section<S>().assign(change_params(section<S>().values(target), table, raw_params(own, path), path), target);
  if constexpr (kNamesPlugin<S>) read_plugin(node, path, target);
}

// `- a photo` for `- {text: a photo}`, where a section has a short form.
template <class S>
Node long_form(const Node& item) {
  if (kShortForm<S> == nullptr || item.kind != Node::Kind::kScalar) return item;
  Node map = item, value = item;
  value.key = kShortForm<S>;
  map.kind = Node::Kind::kMap;
  map.children = {value};
  return map;
}

struct ReadSections {
  const Node& root;

  template <class S>
  void operator()(const std::string& name, S& target) const {
    if (const Node* node = root.find(name)) read_section(*node, name, target);
  }

  template <class S>
  void operator()(const std::string& name, std::vector<S>& targets) const {
    const Node* list = root.find(name);
    if (!list) return;
    targets.clear();
    if (list->kind != Node::Kind::kList && !list->is_null()) refuse_kind(*list, name, "a list (- name: ...)");
    for (const Node& item : list->children) {
      const std::string path = name + "[" + std::to_string(targets.size()) + "]";
      S target;
      read_section(long_form<S>(item), path, target);
      targets.push_back(std::move(target));
    }
  }
};

// What no single row of a table can say.
void check_together(const RunConfig& config, const Node& root) {
  const auto refuse = [&](const char* section, const char* key, const std::string& reason) {
    const Node* given = root.find(section) ? root.find(section)->find(key) : nullptr;
    const std::string path = std::string(section) + "." + key;
    throw ConfigError(given ? given->origin : "", (given ? spelled(*given, path) : path) + reason);
  };
  for (std::size_t i = 0; i < config.prompts.size(); ++i)
    if (config.prompts[i].text.empty())
      throw ConfigError(root.find("prompts")->children[i].origin,
                        "prompts[" + std::to_string(i) + "]: text is missing");
  if (config.data.size % 8 != 0)
    refuse("data", "size", " = " + std::to_string(config.data.size) + ", a multiple of 8 is needed");
  if (config.model.linear_start > config.model.linear_end)
    refuse("model", "linear_start",
           " = " + format_number(config.model.linear_start) +
               ", more than linear_end = " + format_number(config.model.linear_end));
}

}  // namespace

Node as_map(const Node& text, const std::string& path) {
  const PluginChoice choice = parse_plugin_choice(text.text, path, text.origin);
  Node map = text;
  map.kind = Node::Kind::kMap;
  map.text.clear();
  set_at_path(map, {"name"}, Node::scalar(choice.name, text.origin));
  for (const RawParam& param : choice.params)
    set_at_path(map, {"params", param.key}, Node::scalar(param.text, text.origin));
  return map;
}

void name_plugins_as_maps(Node& root) {
  for (const SectionInfo& info : section_infos()) {
    Node* section = info.names_plugin ? root.find(info.name) : nullptr;
    if (!section) continue;
    if (!info.is_list && section->kind == Node::Kind::kScalar) *section = as_map(*section, info.name);
    if (!info.is_list || section->kind != Node::Kind::kList) continue;
    for (std::size_t i = 0; i < section->children.size(); ++i)
      if (Node& item = section->children[i]; item.kind == Node::Kind::kScalar)
        item = as_map(item, info.name + "[" + std::to_string(i) + "]");
  }
}

RunConfig read_sections(const Node& given, const RunConfig& defaults) {
  Node root = given;
  name_plugins_as_maps(root);
  std::vector<std::string> known;
  for (const SectionInfo& info : section_infos()) known.push_back(info.name);
  for (const Node& entry : root.children) check_key(entry, "", known);
  RunConfig config = defaults;
  for_each_section(config, ReadSections{root});
  check_together(config, root);
  return config;
}

}  // namespace miafr
