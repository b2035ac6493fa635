#include "core/config/attributes.h"

#include <algorithm>

#include "core/config/config_error.h"
#include "core/config/nearest.h"
#include "core/config/yaml_reader.h"
#include "core/base/errors.h"

namespace miafr {
namespace {

const Node& child(const Node& map, const std::string& key, Node::Kind kind) {
  const Node* found = map.find(key);
  if (found && found->kind == kind) return *found;
  throw ConfigError(found ? found->origin : map.origin, (map.key.empty() ? "" : map.key + ".") + key + ": " +
                                                            (kind == Node::Kind::kMap ? "a map" : "a text") +
                                                            " is needed");
}

void check_keys(const Node& map, const std::vector<std::string>& known) {
  for (const Node& entry : map.children)
    if (std::find(known.begin(), known.end(), entry.key) == known.end())
      throw ConfigError(entry.origin, "unknown key '" + shown(entry.key) + "'" + suggestion(entry.key, known, "known"));
}

}  // namespace

const Attribute& AttributeTable::find(const std::string& name) const {
  std::vector<std::string> names;
  for (const Attribute& attribute : attributes) {
    if (attribute.name == name) return attribute;
    names.push_back(attribute.name);
  }
  throw UsageError("--attribute " + name + ": no such attribute" + suggestion(name, names, "known"));
}

AttributeTable read_attributes(const std::string& path) {
  const Node root = read_yaml_file(path);
  check_keys(root, {"prompt", "attributes"});
  AttributeTable table;
  table.prompt = child(root, "prompt", Node::Kind::kScalar).text;
  for (const Node& entry : child(root, "attributes", Node::Kind::kMap).children) {
    if (!entry.is_map()) throw ConfigError(entry.origin, entry.key + ": {glued: text, spaced: text} is needed");
    check_keys(entry, {"glued", "spaced"});
    table.attributes.push_back(
        {entry.key, child(entry, "glued", Node::Kind::kScalar).text, child(entry, "spaced", Node::Kind::kScalar).text});
  }
  if (table.prompt.find("{attribute}") == std::string::npos)
    throw ConfigError(root.find("prompt")->origin, "prompt: must have the place {attribute}");
  return table;
}

}  // namespace miafr
