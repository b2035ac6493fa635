// The labelled photos that an editor is fitted to, as a CSV lists them.
#pragma once

#include <filesystem>
#include <vector>

#include "core/editing/photos_to_edit.h"
#include "core/plugin/editor.h"

namespace miafr {

struct LabelledPhoto {
  PhotoToEdit photo;  // its person is the subject
  FitExample example;
};

// A CSV with the columns `file`, below `folder`, perhaps `subject`, and any others, which are labels. Throws Error
// "FILE:LINE: …" for what cannot be read, a photo that is not there or outside the folder, and one that is listed
// twice.
std::vector<LabelledPhoto> read_fit_list(const std::filesystem::path& csv, const std::filesystem::path& folder);

}  // namespace miafr
