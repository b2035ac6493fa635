// A YAML value that knows where it was written.
#pragma once

#include <string>
#include <vector>

namespace miafr {

struct Node {
  enum class Kind { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  std::string text;            // kScalar
  std::vector<Node> children;  // kList, and kMap with keys that are all different, in the order of the file
  std::string key;             // of an entry of a map
  std::string origin;          // "file.yaml:12" (the key's line) or "command line: --train.steps=5"
  std::string spelled;         // the whole key as the user wrote it, where that is not how we name it

  bool is_map() const { return kind == Kind::kMap; }
  bool is_null() const { return kind == Kind::kNull; }

  const Node* find(const std::string& name) const {
    if (kind == Kind::kMap)
      for (const Node& child : children)
        if (child.key == name) return &child;
    return nullptr;
  }
  Node* find(const std::string& name) { return const_cast<Node*>(static_cast<const Node*>(this)->find(name)); }

  static Node scalar(const std::string& text, const std::string& origin) {
    Node node;
    node.kind = Kind::kScalar;
    node.text = text;
    node.origin = origin;
    return node;
  }
};

// `needed` is needed, and the node is something else: throws ConfigError.
[[noreturn]] void refuse_kind(const Node& node, const std::string& path, const std::string& needed);

// The key as the user wrote it, else `path`.
std::string spelled(const Node& node, const std::string& path);

// "0.5", "[4, 2, 1]", "{a: 1}": for messages and lists.
std::string to_text(const Node& node);

}  // namespace miafr
