#include "core/config/yaml_tree.h"

#include <algorithm>

#include "core/config/config_error.h"
#include "core/base/utf8.h"

namespace miafr {
namespace {

std::size_t size_of(const Node& node) {
  std::size_t values = 1;
  for (const Node& child : node.children) values += size_of(child);
  return values;
}

std::size_t depth_of(const Node& node) {
  std::size_t deepest = 0;
  for (const Node& child : node.children) deepest = std::max(deepest, depth_of(child));
  return deepest + 1;
}

constexpr std::size_t kLongestKey = 256;
constexpr const char* kKeyIsNoWord = "a key must be a single word";

}  // namespace

Node YamlTree::take_root() {
  if (!compound_key_.empty()) throw ConfigError(compound_key_, kKeyIsNoWord);
  return std::move(root_);
}

void YamlTree::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  if (expects_key()) throw ConfigError(origin(mark.line), kKeyIsNoWord);
  count(1, mark.line);
  Node node;
  node.origin = origin(mark.line);
  add(std::move(node), anchor);
}

void YamlTree::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  if (expects_key()) throw ConfigError(origin(mark.line), kKeyIsNoWord);
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) throw ConfigError(origin(mark.line), "an alias inside of what it stands for");
  count(size_of(found->second), mark.line);
  if (open_.size() + depth_of(found->second) > kMaxDepth)
    throw ConfigError(origin(mark.line), "more than " + std::to_string(kMaxDepth) + " levels");
  add(found->second, 0);
}

void YamlTree::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                        const std::string& value) {
  check_tag(tag, mark.line);
  if (!is_utf8(value))
    throw ConfigError(origin(mark.line), "an escape that yaml-cpp misreads; write \\u and four digits");  // \N, \_
  if (expects_key()) return take_key(value, mark.line);
  count(1, mark.line);
  add(Node::scalar(value, origin(mark.line)), anchor);
}

void YamlTree::OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                               YAML::EmitterStyle::value) {
  start(Node::Kind::kList, mark, tag, anchor);
}

void YamlTree::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                          YAML::EmitterStyle::value) {
  start(Node::Kind::kMap, mark, tag, anchor);
}

void YamlTree::take_key(const std::string& key, int line) {
  if (key.size() > kLongestKey)
    throw ConfigError(origin(line), "a key of more than " + std::to_string(kLongestKey) + " bytes");
  Open& map = open_.back();
  const auto [earlier, is_new] = map.keys.emplace(key, line);
  if (!is_new) {
    const std::string first = with_lines_ ? ", first in line " + std::to_string(earlier->second + 1) : "";
    throw ConfigError(origin(line), "key '" + shown(key) + "' is given twice" + first);
  }
  map.key = key;
  map.has_key = true;
}

void YamlTree::start(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
  check_tag(tag, mark.line);
  count(1, mark.line);
  if (open_.size() >= kMaxDepth)
    throw ConfigError(origin(mark.line), "more than " + std::to_string(kMaxDepth) + " levels");
  Open open;
  open.node.kind = kind;
  open.node.origin = origin(mark.line);
  open.anchor = anchor;
  open.is_key = expects_key();
  // yaml-cpp takes a list that never ends for a key, too: it will say so itself, more to the point.
  if (open.is_key && compound_key_.empty()) compound_key_ = origin(mark.line);
  open_.push_back(std::move(open));
}

void YamlTree::close() {
  Open done = std::move(open_.back());
  open_.pop_back();
  if (done.is_key)
    open_.back().has_key = true;
  else
    add(std::move(done.node), done.anchor);
}

void YamlTree::add(Node node, YAML::anchor_t anchor) {
  if (anchor != 0) anchors_[anchor] = node;
  if (open_.empty()) {
    root_ = std::move(node);
    return;
  }
  Open& parent = open_.back();
  if (parent.node.is_map()) {
    node.key = parent.key;
    node.origin = origin(parent.keys[parent.key]);
    parent.has_key = false;
  }
  parent.node.children.push_back(std::move(node));
}

void YamlTree::count(std::size_t values, int line) {
  values_ += values;
  if (values_ > kMaxValues) throw ConfigError(origin(line), "more than " + std::to_string(kMaxValues) + " values");
}

void YamlTree::check_tag(const std::string& tag, int line) const {
  // yaml-cpp's names for "no tag": "?" and, where the value is quoted, "!".
  if (!tag.empty() && tag != "?" && tag != "!")
    throw ConfigError(origin(line), "tags such as " + shown(tag) + " are not supported");
}

}  // namespace miafr
