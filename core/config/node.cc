#include "core/config/node.h"

namespace miafr {

std::string to_text(const Node& node) {
  if (node.kind == Node::Kind::kNull) return "null";
  if (node.kind == Node::Kind::kScalar) return node.text;
  std::string line;
  for (const Node& child : node.children)
    line += (line.empty() ? "" : ", ") + (node.is_map() ? child.key + ": " : "") + to_text(child);
  return node.is_map() ? "{" + line + "}" : "[" + line + "]";
}

}  // namespace miafr
