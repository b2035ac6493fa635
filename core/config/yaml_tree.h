// Builds the Node tree from yaml-cpp's events, within limits.
#pragma once

#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include <map>
#include <string>
#include <vector>

#include "core/config/node.h"

namespace miafr {

class YamlTree : public YAML::EventHandler {
 public:
  static constexpr std::size_t kMaxDepth = 64, kMaxValues = 10000;

  // name: of the file; with_lines: whether an origin is "name:line" or the name alone.
  YamlTree(std::string name, bool with_lines) : name_(std::move(name)), with_lines_(with_lines) {}

  std::string origin(int line) const { return with_lines_ ? name_ + ":" + std::to_string(line + 1) : name_; }

  // The tree, once all of the document has been heard of.
  Node take_root();

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override;
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override;
  void OnMapEnd() override { close(); }

 private:
  struct Open {  // a list or map whose end has not come yet
    Node node;
    YAML::anchor_t anchor = 0;
    bool is_key = false;   // it stands where only a word may: dropped
    bool has_key = false;  // a map's key has come, its value has not
    std::string key;
    std::map<std::string, int> keys;  // with their lines
  };

  bool expects_key() const { return !open_.empty() && open_.back().node.is_map() && !open_.back().has_key; }
  void take_key(const std::string& key, int line);
  void start(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor);
  void close();
  void add(Node node, YAML::anchor_t anchor);
  void count(std::size_t values, int line);
  void check_tag(const std::string& tag, int line) const;

  const std::string name_;
  const bool with_lines_;
  Node root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Node> anchors_;
  std::size_t values_ = 0;
  std::string compound_key_;  // where the first key is that is a list or a map
};

}  // namespace miafr
