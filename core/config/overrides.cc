#include "core/config/overrides.h"

#include <algorithm>

#include "core/config/config_error.h"
#include "core/config/nearest.h"
#include "core/base/utf8.h"

namespace miafr {
namespace {

constexpr const char* kCommandLine = "command line: ";

std::string whole(const std::string& text) { return shown(text, text.size()); }

[[noreturn]] void refuse(const std::string& argument, const std::string& reason) {
  throw ConfigError(kCommandLine + whole(argument) + ": " + reason);
}

Override make_override(const std::string& argument, const std::string& path, const std::string& value) {
  if (!is_utf8(argument) || !is_utf8(value)) refuse(argument, "not UTF-8 text");
  if (path.empty()) refuse(argument, "no key in front of '='");
  Override change{split_path(path), value, kCommandLine + ("--" + whole(path) + "=") + shown(value)};
  for (const std::string& part : change.path)
    if (part.empty()) refuse(argument, "an empty key in '" + shown(path) + "'");
  if (value.empty()) refuse(argument, "no value is given; for an empty text write --" + shown(path) + "=\"''\"");
  return change;
}

std::size_t index_of(const Node& list, const std::string& part, const std::string& path, const std::string& origin) {
  const bool is_number = std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  const std::size_t size = list.children.size();
  if (is_number) {
    const std::size_t index = part.size() > 6 ? size : std::stoul(part);
    if (index < size) return index;
    throw ConfigError(origin, path + " has " + std::to_string(size) + (size == 1 ? " entry" : " entries") +
                                  ", counted from 0; there is no entry " + shown(part));
  }
  std::vector<std::string> names;
  std::size_t found = size;
  for (std::size_t i = 0; i < size; ++i) {
    const Node* name = list.children[i].find("name");
    names.push_back(name ? name->text : "");
    if (names.back() != part) continue;
    if (found != size)
      throw ConfigError(origin, path + " has several entries named '" + shown(part) + "'; say which by its index");
    found = i;
  }
  if (found == size)
    throw ConfigError(origin, path + " has no entry named '" + shown(part) + "'" + suggestion(part, names, "named"));
  return found;
}

Node& child_at(Node& parent, const std::string& part, const std::string& path, const std::string& origin) {
  if (parent.kind == Node::Kind::kScalar)
    throw ConfigError(origin, path + " is a single value, it has no '" + shown(part) + "'");
  if (parent.kind == Node::Kind::kList) return parent.children[index_of(parent, part, path, origin)];
  if (Node* found = parent.find(part)) return *found;
  parent.kind = Node::Kind::kMap;
  Node child;
  child.key = part;
  child.origin = origin;
  parent.children.push_back(std::move(child));
  return parent.children.back();
}

// Only what is written stays; its key in the parent does too.
void merge(Node& target, Node value, const std::string& path) {
  if (value.is_map() && (target.is_map() || target.is_null())) {
    target.kind = Node::Kind::kMap;
    for (Node& entry : value.children)
      merge(child_at(target, entry.key, path, entry.origin), entry, path + "." + entry.key);
    return;
  }
  value.key = target.key;
  target = std::move(value);
}

}  // namespace

std::vector<std::string> split_path(const std::string& path) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < path.size(); ++i) {
    const bool index_begins = path[i] == '[' && !parts.back().empty();
    const bool index_ends = path[i] == ']' && (i + 1 == path.size() || path[i + 1] == '.' || path[i + 1] == '[');
    if (path[i] == '.' || index_begins)
      parts.emplace_back();
    else if (!index_ends)
      parts.back() += path[i];
  }
  return parts;
}

std::string join_path(const std::vector<std::string>& parts) {
  std::string path;
  for (const std::string& part : parts) path += (path.empty() ? "" : ".") + part;
  return path;
}

std::vector<Override> parse_overrides(const std::vector<std::string>& arguments) {
  std::vector<Override> changes;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const bool dashed = argument.rfind("--", 0) == 0;
    const std::string text = dashed ? argument.substr(2) : argument;
    if (!dashed && argument.rfind('-', 0) == 0)
      refuse(argument, "a change of the config begins with two dashes, or none");
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) {
      changes.push_back(make_override(argument, text.substr(0, equals), text.substr(equals + 1)));
      continue;
    }
    if (!dashed) refuse(argument, "neither an option nor a change of the config (key=value)");
    if (i + 1 == arguments.size() || arguments[i + 1].rfind("--", 0) == 0) refuse(argument, "no value is given");
    changes.push_back(make_override(argument, text, arguments[++i]));
  }
  return changes;
}

void set_at_path(Node& root, const std::vector<std::string>& path, Node value) {
  Node* target = &root;
  std::vector<std::string> walked;
  for (const std::string& part : path) {
    target = &child_at(*target, part, join_path(walked), value.origin);
    walked.push_back(part);
  }
  merge(*target, std::move(value), join_path(path));
}

}  // namespace miafr
