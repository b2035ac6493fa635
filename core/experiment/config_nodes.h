// Reading an experiment's file: what all of its readers ask of a YAML tree.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/config/config_error.h"
#include "core/config/node.h"
#include "core/config/plugin_params.h"
#include "core/config/section.h"

namespace miafr {

[[noreturn]] void refuse(const Node& node, const std::string& reason);

bool contains(const Words& words, const std::string& word);
Words joined(Words a, const Words& b);

// Throws ConfigError for a key that is not known, with the nearest one. path: of the map, "" for the file.
void check_keys(const Node& map, const std::string& path, const Words& known);

// A list of single values; one alone stands for a list of it.
std::vector<const Node*> items_of(const Node& node, const std::string& path);
Words texts_of(const Node* node, const std::string& path);

// A name becomes a folder, and words of a command line.
bool is_folder_name(const std::string& name);

// Paths are meant from the experiment's folder, those of the command line from the working folder.
class ExperimentPaths {
 public:
  explicit ExperimentPaths(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::filesystem::path of(const Node& node, const std::string& text) const;
  // Throws ConfigError where it is not there. key: for the message.
  std::filesystem::path file(const Node& node, const std::string& key, const std::string& text) const;
  std::filesystem::path folder(const Node& node, const std::string& key, const std::string& text) const;

 private:
  const std::filesystem::path folder_;
};

}  // namespace miafr
