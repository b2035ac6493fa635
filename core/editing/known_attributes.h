// What is known of photos before they are edited: a CSV of attributes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/editing/photos_to_edit.h"
#include "core/plugin/editor.h"

namespace miafr {

class KnownAttributes {
 public:
  // Nothing is known.
  KnownAttributes() = default;

  // Of a CSV with a column `file`, the photo's name below its folder or its file name, and a column for each attribute:
  // 1, yes or true; 0, -1 (as CelebA has it), no or false; or a number between 0 and 1. Column names are compared
  // without regard to case. An empty field is not known, and columns that nobody asks for may hold anything. Throws
  // Error "FILE:LINE: …".
  explicit KnownAttributes(const std::filesystem::path& csv);

  // Of a photo; all that `declared` names, or every column where it names none. Throws Error where one is not known,
  // with what to do.
  std::map<std::string, double> of(const PhotoToEdit& photo, const std::vector<EditableAttribute>& declared) const;

 private:
  struct Row {
    std::int64_t line = 0;
    std::map<std::string, std::string> fields;  // by column in lower case, without those that are empty
  };
  double share(const Row& row, const std::string& column, const std::string& text) const;

  std::filesystem::path csv_;
  std::map<std::string, Row> by_file_;
};

}  // namespace miafr
