// Named phrases for prompts: configs/attributes.yaml.
#pragma once

#include <string>
#include <vector>

namespace miafr {

struct Attribute {
  std::string name, glued, spaced;
};

struct AttributeTable {
  std::string prompt;  // with the place {attribute}
  std::vector<Attribute> attributes;

  // Throws UsageError with the nearest name.
  const Attribute& find(const std::string& name) const;
};

// Throws ConfigError for anything but `prompt: text` and `attributes: {NAME: {glued: text, spaced: text}}`.
AttributeTable read_attributes(const std::string& path);

}  // namespace miafr
