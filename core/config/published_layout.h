// Configs in the published layout, read through published_table.h.
#pragma once

#include <string>
#include <vector>

#include "core/config/node.h"
#include "core/config/published_table.h"

namespace miafr {

// Whether a config's file is in the published layout: it has model.target.
bool is_published_layout(const Node& root);

// One value of a config in that layout, checked against its row.
struct PublishedValue {
  const PublishedKey* row;
  std::string path;  // "model.params.personalization_config.params.initializer_words"
  Node node;         // kMapped: the value as ours, with `spelled` set to the path
};

// All values, in the order of the file. Throws ConfigError: unknown key with the nearest of its neighbours, a value
// that is not among the allowed ones, a key that has no counterpart.
std::vector<PublishedValue> published_values(const Node& root);

// The keys of that layout right below a section: {"base_learning_rate", "params", "target"} of "model"; {} of any
// other.
std::vector<std::string> published_keys_below(const std::string& section);

// The loss that a model class adds, "" for none.
std::string published_loss(const std::string& target);

}  // namespace miafr
