// Edits of a few photos while an editor is being fitted: the same photos and targets each time.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <vector>

#include "core/fit/fit_pictures.h"

namespace miafr {

class FitPreviews {
 public:
  // The first photos of the list, at most so many; of the targets the first six that the editor declares. seed: of the
  // edits. All outlive this.
  FitPreviews(const ChosenPlugin<Editor>& editor, const FitPictures& pictures, std::int64_t most, std::uint64_t seed);

  // False where the editor declares no target by name.
  bool any() const { return !targets_.empty(); }

  // A row for each photo, which comes first in it. `file` is a new one. Throws Cancelled.
  void paint(const std::filesystem::path& file) const;

 private:
  const ChosenPlugin<Editor>& editor_;
  const FitPictures& pictures_;
  const std::int64_t count_;
  const std::uint64_t seed_;
  std::vector<EditTarget> targets_;
};

}  // namespace miafr
