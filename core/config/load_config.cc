#include "core/config/load_config.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/config/nearest.h"
#include "core/config/published_layout.h"
#include "core/config/read_sections.h"
#include "core/config/scalar.h"
#include "core/config/yaml_reader.h"

namespace miafr {
namespace {

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

const SectionInfo* find_section(const std::string& name) {
  for (const SectionInfo& info : section_infos())
    if (info.name == name) return &info;
  return nullptr;
}

// Whether a plugin is what a path stands for: sampler, losses.0.
bool names_plugin(const std::vector<std::string>& path) {
  const SectionInfo* section = find_section(path[0]);
  return section && section->names_plugin && path.size() == (section->is_list ? 2 : 1);
}

bool has_key(const SectionInfo& info, const std::string& key) {
  return std::any_of(info.table.begin(), info.table.end(), [&](const ParamSpec& spec) { return key == spec.name; });
}

// Which layout a path is meant in: the two share the names of sections, but no key below them. What belongs to neither
// is taken in the file's layout, so that the message lists the keys of that.
bool is_published_path(const std::vector<std::string>& path, bool published_file) {
  const SectionInfo* ours = find_section(path[0]);
  const std::vector<std::string> theirs = published_keys_below(path[0]);
  if (theirs.empty()) return false;
  if (!ours) return true;
  if (path.size() > 1 && contains(theirs, path[1])) return true;
  if (path.size() > 1 && has_key(*ours, path[1])) return false;
  return published_file;
}

class Loader {
 public:
  Loader(Node root, const std::vector<Override>& overrides) : published_(is_published_layout(root)) {
    result_.layout = published_ ? "published" : "miafr";
    if (published_)
      take_published_file(root, overrides);
    else
      ours_ = std::move(root);
    name_plugins_as_maps(ours_);
    for (const SectionInfo& info : section_infos()) make_list(info);
    for (const Override& change : overrides) apply(change.path, read_yaml_value(change.value, change.origin));
    for (const auto& [ours, conflict] : conflicts_)
      if (changed_.count(ours) == 0) throw conflict;
  }

  LoadedConfig finish(const RunConfig& defaults) {
    result_.config = read_sections(ours_, defaults);
    if (published_) give_contrastive_its_negatives();
    return std::move(result_);
  }

 private:
  // So that losses.0 of a config without losses is answered by "no entry".
  void make_list(const SectionInfo& info) {
    if (!info.is_list) return;
    if (!ours_.find(info.name)) set_at_path(ours_, {info.name}, Node{});
    Node& list = *ours_.find(info.name);
    if (list.is_null()) list.kind = Node::Kind::kList;
  }

  void take_published_file(const Node& root, const std::vector<Override>& overrides) {
    add_model_loss(root, overrides);
    std::map<std::string, PublishedValue> given;  // by our path
    for (const PublishedValue& value : published_values(root)) {
      if (value.row->use != PublishedKey::Use::kMapped) {
        note_ignored(value);
        continue;
      }
      const auto [first, is_new] = given.emplace(value.row->ours, value);
      if (is_new)
        set_mapped(value);
      else if (!same_value(first->second.node.text, value.node.text))
        conflicts_.emplace_back(value.row->ours, contradiction(first->second, value));
    }
  }

  static ConfigError contradiction(const PublishedValue& first, const PublishedValue& second) {
    return ConfigError(second.node.origin, second.path + " = " + shown(second.node.text) + " contradicts " +
                                               first.path + " = " + shown(first.node.text) + " (" + first.node.origin +
                                               "): both set " + second.row->ours);
  }

  // The model class says which loss there is, so it must be known before any weight.
  void add_model_loss(const Node& root, const std::vector<Override>& overrides) {
    Node target = *root.find("model")->find("target");
    for (const Override& change : overrides) {
      Node changes;
      if (change.path[0] == "model") set_at_path(changes, change.path, read_yaml_value(change.value, change.origin));
      const Node* model = changes.find("model");
      if (model && model->find("target")) target = *model->find("target");
    }
    Node losses;
    losses.kind = Node::Kind::kList;
    set_at_path(ours_, {"losses"}, losses);
    if (const std::string name = published_loss(target.text); !name.empty()) add_loss(name, target.origin);
  }

  Node& add_loss(const std::string& name, const std::string& origin) {
    Node loss;
    loss.origin = origin;
    set_at_path(loss, {"name"}, Node::scalar(name, origin));
    set_at_path(loss, {"weight"}, Node::scalar(kPublishedLossWeight, origin));
    Node& losses = *ours_.find("losses");
    losses.children.push_back(loss);
    return losses.children.back();
  }

  bool has_loss(const std::string& name) const {
    const Node* losses = ours_.find("losses");
    return losses && std::any_of(losses->children.begin(), losses->children.end(), [&](const Node& loss) {
             return loss.find("name") && loss.find("name")->text == name;
           });
  }

  void set_mapped(const PublishedValue& value) {
    const std::vector<std::string> path = split_path(value.row->ours);
    if (path[0] == "losses" && !has_loss(path[1])) {
      if (path[1] != kPublishedBiometricLoss) no_such_loss(value, path[1]);
      set_at_path(add_loss(path[1], value.node.origin), {"params", "matcher"},
                  Node::scalar(kPublishedBiometricMatcher, value.node.origin));
      result_.notices.push_back(value.node.origin + ": " + value.path + " adds the loss " + path[1] + " with matcher " +
                                kPublishedBiometricMatcher +
                                "; in the published code it never reaches the training loss");
    }
    set_at_path(ours_, path, value.node);
  }

  [[noreturn]] void no_such_loss(const PublishedValue& value, const std::string& name) const {
    std::string reason = ": there is no loss " + name + " in this config";
    for (const PublishedModel& model : kPublishedModels)
      if (published_ && model.loss == name) reason += "; model.target = " + std::string(model.target) + " has it";
    throw ConfigError(value.node.origin, value.path + reason);
  }

  void note_ignored(const PublishedValue& value) {
    if (value.row->use == PublishedKey::Use::kIgnored)
      result_.ignored.push_back({value.path, to_text(value.node), value.row->reason, value.node.origin});
  }

  void apply(const std::vector<std::string>& path, const Node& value) {
    if (path.size() == 1 && value.is_map()) {  // of a section that the layouts may share: key by key
      for (const Node& entry : value.children) apply({path[0], entry.key}, entry);
      return;
    }
    if (!is_published_path(path, published_)) {
      note_changed(join_path(path), value);
      set_at_path(ours_, path,
                  names_plugin(path) && value.kind == Node::Kind::kScalar ? as_map(value, join_path(path)) : value);
      return;
    }
    Node alone;
    set_at_path(alone, path, value);
    for (const PublishedValue& part : published_values(alone)) {
      if (part.row->use == PublishedKey::Use::kModel && !published_)
        throw ConfigError(value.origin,
                          part.path + " is for configs of the published layout; here, losses lists the losses");
      note_ignored(part);
      if (part.row->use != PublishedKey::Use::kMapped) continue;
      changed_.insert(part.row->ours);
      set_mapped(part);
    }
  }

  void note_changed(const std::string& path, const Node& value) {
    changed_.insert(path);
    if (value.is_map())
      for (const Node& entry : value.children) note_changed(path + "." + entry.key, entry);
  }

  // The published loss at batch size 1 has no negatives and no gradient.
  void give_contrastive_its_negatives() {
    if (result_.config.data.batch_size != 1) return;
    for (LossConfig& loss : result_.config.losses) {
      const bool has_queue = std::any_of(loss.params.begin(), loss.params.end(),
                                         [](const RawParam& param) { return param.key == "queue"; });
      if (loss.name != kPublishedContrastiveLoss || has_queue) continue;
      loss.params.push_back({"queue", kPublishedContrastiveQueue, "batch size 1"});
      result_.notices.push_back(
          "data.batch_size = 1: the loss contrastive gets params.queue = " + std::string(kPublishedContrastiveQueue) +
          ", that many earlier pairs as its negatives; the published one has none and is constant");
    }
  }

  const bool published_;
  Node ours_;
  LoadedConfig result_;
  std::vector<std::pair<std::string, ConfigError>> conflicts_;  // by our path
  std::set<std::string> changed_;                               // our paths set from the command line
};

}  // namespace

LoadedConfig load_config(const std::string& path, const std::vector<Override>& overrides, const RunConfig& defaults) {
  return Loader(read_yaml_file(path), overrides).finish(defaults);
}

LoadedConfig load_config_text(const std::string& text, const std::string& name,
                              const std::vector<Override>& overrides) {
  return Loader(read_yaml_text(text, name), overrides).finish({});
}

}  // namespace miafr
