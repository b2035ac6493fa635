#include "core/config/plugin_choice.h"

#include <algorithm>

namespace miafr {
namespace {

// Takes key=value pairs off the front of a text.
class Pairs {
 public:
  Pairs(std::string text, std::string path, std::string origin)
      : text_(std::move(text)), path_(std::move(path)), origin_(std::move(origin)) {}

  RawParams read(std::size_t from) {
    RawParams params;
    for (at_ = from; at_ < text_.size();) {
      const std::size_t equals = text_.find_first_of("=,", at_);
      if (equals == std::string::npos || equals == at_ || text_[equals] == ',')
        refuse(quoted(text_.substr(at_, text_.find(',', at_) - at_)) + " is no key=value");
      const std::string key = text_.substr(at_, equals - at_);
      at_ = equals + 1;
      params.push_back({key, value(), origin_, path_ + "." + key});
    }
    return params;
  }

  [[noreturn]] void refuse(const std::string& reason) const {
    throw ConfigError(origin_, path_ + " " + quoted(text_) + ": " + reason);
  }

 private:
  // Up to the next comma, which is passed over.
  std::string value() {
    const bool is_quoted = at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'');
    std::string value;
    if (is_quoted) {
      value = quoted_value();
    } else {
      value = text_.substr(at_, text_.find(',', at_) - at_);
      at_ += value.size();
    }
    if (at_ < text_.size() && text_[at_++] != ',') refuse("after a closing quotation mark comes a comma or the end");
    return value;
  }

  std::string quoted_value() {
    const char mark = text_[at_++];
    std::string value;
    for (;; value += text_[at_++]) {
      if (at_ == text_.size()) refuse(std::string("a closing ") + mark + " is missing");
      if (text_[at_] != mark) continue;
      ++at_;
      if (at_ == text_.size() || text_[at_] != mark) return value;
    }
  }

  const std::string text_, path_, origin_;
  std::size_t at_ = 0;
};

std::string value_text(const std::string& value) {
  if (value.empty() || value.find_first_of(",\"'") == std::string::npos) return value;
  std::string text = "\"";
  for (const char c : value) text += c == '"' ? "\"\"" : std::string(1, c);
  return text + "\"";
}

}  // namespace

bool is_plugin_name(const std::string& name) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name[0] >= 'a' && name[0] <= 'z' && std::all_of(name.begin(), name.end(), fits);
}

PluginChoice parse_plugin_choice(const std::string& text, const std::string& path, const std::string& origin) {
  Pairs pairs(text, path, origin);
  const std::size_t colon = text.find(':');
  const std::string name = text.substr(0, colon);
  if (!is_plugin_name(name)) pairs.refuse("write NAME or NAME:key=value,key=value");
  return {name, colon == std::string::npos ? RawParams() : pairs.read(colon + 1)};
}

RawParams raw_params(const Node& map, const std::string& path) {
  if (!map.is_map() && !map.is_null()) refuse_kind(map, path, "a map (key: value)");
  RawParams raw;
  for (const Node& entry : map.children) {
    const std::string whole = path + "." + entry.key;
    if (entry.is_map() && entry.find("name"))
      raw.push_back({entry.key, to_text(read_plugin_choice(entry, whole)), entry.origin, spelled(entry, whole), true});
    else if (entry.kind == Node::Kind::kScalar)
      raw.push_back({entry.key, entry.text, entry.origin, spelled(entry, whole)});
    else
      refuse_kind(entry, whole, "a single value");
  }
  return raw;
}

PluginChoice read_plugin_choice(const Node& node, const std::string& path) {
  if (node.kind == Node::Kind::kScalar) return parse_plugin_choice(node.text, spelled(node, path), node.origin);
  if (!node.is_map()) refuse_kind(node, path, "the name of a plugin");
  const Node* name = node.find("name");
  if (!name || name->kind != Node::Kind::kScalar)
    throw ConfigError(node.origin, path + ": name is missing, {name: NAME, params: {key: value}}");
  PluginChoice choice = parse_plugin_choice(name->text, path + ".name", name->origin);
  for (const Node& entry : node.children) {
    if (entry.key != "name" && entry.key != "params")
      throw ConfigError(entry.origin, path + ": unknown key " + quoted(entry.key) + " (known: name, params)");
    if (entry.key == "params")
      for (RawParam& param : raw_params(entry, path + ".params")) choice.params.push_back(std::move(param));
  }
  return choice;
}

std::string to_text(const PluginChoice& choice) {
  std::string text = choice.name;
  const char* before = ":";
  for (const RawParam& param : choice.params) {
    text += before + param.key + "=" + value_text(param.text);
    before = ",";
  }
  return text;
}

}  // namespace miafr
