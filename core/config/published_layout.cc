#include "core/config/published_layout.h"

#include <map>

#include "core/config/config_error.h"
#include "core/config/nearest.h"
#include "core/config/plugin_params.h"
#include "core/config/scalar.h"

namespace miafr {
namespace {

// The table as a tree of keys.
struct Branch {
  std::map<std::string, Branch> below;
  const PublishedKey* row = nullptr;
  bool takes_all = false;  // "x.*"

  std::vector<std::string> keys() const {
    std::vector<std::string> names;
    for (const auto& entry : below) names.push_back(entry.first);
    return names;
  }
};

Branch grow() {
  Branch trunk;
  for (const PublishedKey& row : kPublishedKeys) {
    Branch* branch = &trunk;
    const std::string path = row.path;
    for (std::size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
      end = path.find('.', begin);
      const std::string key = path.substr(begin, end - begin);
      if (key == "*")
        branch->takes_all = true;
      else
        branch = &branch->below[key];
    }
    branch->row = &row;
  }
  return trunk;
}

const Branch& trunk() {
  static const Branch kTrunk = grow();
  return kTrunk;
}

[[noreturn]] void refuse(const Node& node, const std::string& path, const std::string& reason) {
  throw ConfigError(node.origin, path + reason);
}

// What the row's allowed values make of a value: itself, or its translation.
std::string accepted(const PublishedKey& row, const std::string& path, const Node& node) {
  std::vector<std::string> words;
  for (const std::string& choice : split_choices(row.allowed)) {
    const std::size_t equals = choice.find('=');
    words.push_back(choice.substr(0, equals));
    if (!same_value(node.text, words.back())) continue;
    if (row.use != PublishedKey::Use::kMapped) return node.text;
    return equals == std::string::npos ? choice : choice.substr(equals + 1);
  }
  const std::string value = " = " + shown(node.text);
  if (words.size() > 1) refuse(node, path, value + suggestion(node.text, words, "allowed"));
  refuse(node, path, value + ", allowed " + words[0] + " (" + row.reason + ")");
}

void check_model(const std::string& path, const Node& node) {
  std::vector<std::string> targets;
  for (const PublishedModel& model : kPublishedModels) {
    if (node.text == model.target) return;
    targets.push_back(model.target);
  }
  refuse(node, path, " = " + shown(node.text) + suggestion(node.text, targets, "known"));
}

PublishedValue checked(const PublishedKey& row, const std::string& path, const Node& given) {
  using Use = PublishedKey::Use;
  PublishedValue value{&row, path, given};
  value.node.spelled = path;
  const bool has_effect = row.use == Use::kMapped || row.use == Use::kModel;
  if (given.is_null() && !has_effect) return value;
  if (row.use == Use::kRefused) refuse(given, path, std::string(" has no counterpart here: ") + row.reason);
  const bool single = given.kind == Node::Kind::kScalar, list = given.kind == Node::Kind::kList;
  if (!single && !(list && !has_effect && !row.allowed))
    refuse(given, path, ": a single value is needed, " + shown(to_text(given)) + " is given");
  if (row.use == Use::kModel) check_model(path, given);
  if (row.allowed) value.node.text = accepted(row, path, given);
  return value;
}

void take_all(const PublishedKey& row, const std::string& path, const Node& node, std::vector<PublishedValue>& values) {
  if (!node.is_map())
    values.push_back({&row, path, node});
  else
    for (const Node& child : node.children) take_all(row, path + "." + child.key, child, values);
}

void walk(const Branch& branch, const std::string& path, const Node& node, std::vector<PublishedValue>& values) {
  if (branch.takes_all) return take_all(*branch.row, path, node, values);
  if (branch.row) return values.push_back(checked(*branch.row, path, node));
  if (node.is_null()) return;  // "params:" with nothing below
  if (!node.is_map()) refuse(node, path, ": a map (key: value) is needed, " + shown(to_text(node)) + " is given");
  for (const Node& child : node.children) {
    const auto below = branch.below.find(child.key);
    if (below == branch.below.end())
      throw ConfigError(child.origin, (path.empty() ? "" : path + ": ") + "unknown key '" + shown(child.key) + "'" +
                                          suggestion(child.key, branch.keys(), "known"));
    walk(below->second, path.empty() ? child.key : path + "." + child.key, child, values);
  }
}

}  // namespace

bool is_published_layout(const Node& root) {
  const Node* model = root.find("model");
  return model && model->find("target");
}

std::vector<PublishedValue> published_values(const Node& root) {
  std::vector<PublishedValue> values;
  walk(trunk(), "", root, values);
  return values;
}

std::vector<std::string> published_keys_below(const std::string& section) {
  const auto found = trunk().below.find(section);
  return found == trunk().below.end() ? std::vector<std::string>{} : found->second.keys();
}

std::string published_loss(const std::string& target) {
  for (const PublishedModel& model : kPublishedModels)
    if (target == model.target) return model.loss;
  return "";
}

}  // namespace miafr
