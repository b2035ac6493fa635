#include "core/experiment/config_nodes.h"

#include <algorithm>

#include "core/config/nearest.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

bool is_from_command_line(const Node& node) { return node.origin.rfind("command line", 0) == 0; }

}  // namespace

void refuse(const Node& node, const std::string& reason) { throw ConfigError(node.origin, reason); }

bool contains(const Words& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

Words joined(Words a, const Words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

void check_keys(const Node& map, const std::string& path, const Words& known) {
  if (!map.is_map()) refuse(map, path + ": a map (key: value) is needed");
  for (const Node& entry : map.children)
    if (!contains(known, entry.key))
      refuse(entry, (path.empty() ? "" : path + ": ") + "unknown key '" + shown(entry.key) + "'" +
                        suggestion(entry.key, known, "known"));
}

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

Words texts_of(const Node* node, const std::string& path) {
  Words texts;
  if (!node) return texts;
  for (const Node* item : items_of(*node, path)) texts.push_back(item->text);
  return texts;
}

bool is_folder_name(const std::string& name) {
  return !name.empty() && name[0] != '.' && name[0] != '-' && name.size() <= 200 &&
         std::none_of(name.begin(), name.end(),
                      [](char c) { return c == '/' || c == '=' || static_cast<unsigned char>(c) < 32 || c == 127; });
}

fs::path ExperimentPaths::of(const Node& node, const std::string& text) const {
  const fs::path path(text);
  return (path.is_absolute() ? path : (is_from_command_line(node) ? fs::current_path() : folder_) / path)
      .lexically_normal();
}

fs::path ExperimentPaths::file(const Node& node, const std::string& key, const std::string& text) const {
  const fs::path path = of(node, text);
  if (!fs::exists(path)) refuse(node, key + ": there is no " + shown(path.string(), 300));
  return path;
}

fs::path ExperimentPaths::folder(const Node& node, const std::string& key, const std::string& text) const {
  const fs::path path = of(node, text);
  if (!fs::is_directory(path)) refuse(node, key + ": there is no folder " + shown(path.string(), 300));
  return path;
}

}  // namespace miafr
