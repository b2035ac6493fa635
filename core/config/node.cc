#include "core/config/node.h"

#include "core/config/config_error.h"

namespace miafr {

void refuse_kind(const Node& node, const std::string& path, const std::string& needed) {
  const char* is = node.kind == Node::Kind::kNull     ? "nothing"
                   : node.kind == Node::Kind::kScalar ? "a single value"
                   : node.kind == Node::Kind::kList   ? "a list"
                                                      : "a map";
  throw ConfigError(node.origin, spelled(node, path) + ": " + needed + " is needed, " + is + " is given");
}

std::string spelled(const Node& node, const std::string& path) { return node.spelled.empty() ? path : node.spelled; }

std::string to_text(const Node& node) {
  if (node.kind == Node::Kind::kNull) return "null";
  if (node.kind == Node::Kind::kScalar) return node.text;
  std::string line;
  for (const Node& child : node.children)
    line += (line.empty() ? "" : ", ") + (node.is_map() ? child.key + ": " : "") + to_text(child);
  return node.is_map() ? "{" + line + "}" : "[" + line + "]";
}

}  // namespace miafr
