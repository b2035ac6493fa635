// What the images of a survey share: files, pictures, names.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "core/data/survey.h"

namespace miafr {

struct DuplicateGroup {
  bool identical = false;  // all are the same bytes; else each picture is within kNearDuplicate of another one
  std::vector<const SurveyedImage*> images;  // the subject's first

  // Whether it has images of both sets.
  bool spans_sets() const { return images.front()->in_reg != images.back()->in_reg; }
};

// Finds the groups in a survey that has hashes; they are sorted by the first image of each. Pictures without any
// gradient look alike to the hash, so they count only where their bytes are the same.
std::vector<DuplicateGroup> duplicate_groups(const Survey& survey);

// A name that images of both sets have, so that they may show one person: a folder directly below the set's, or what a
// file name begins with, up to the last run of digits. What the regularisation set's labels were found in is no
// person's name and left out. This is a hint: "IMG_0001.jpg" names nobody.
struct SharedName {
  std::string name;
  std::size_t train = 0, reg = 0;  // images
};
std::vector<SharedName> shared_names(const Survey& survey, const DataFolders& folders);

}  // namespace miafr
