// The labelled photos as the editor wants them, each read when it is first asked for.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "core/editing/photo_inputs.h"
#include "core/fit/fit_list.h"

namespace miafr {

class FitPictures final : public FitData {
 public:
  // Photos that cannot be used are left out, which is logged with their names. All outlive this. Throws Error where
  // none is left.
  FitPictures(const std::vector<LabelledPhoto>& list, const PhotoInputs& inputs, const ChosenPlugin<Editor>& editor);

  std::int64_t size() const override { return static_cast<std::int64_t>(used_.size()); }
  const FitExample& example(std::int64_t index) const override { return list_[place_of(index)].example; }
  at::Tensor picture(std::int64_t index) override;

  // The whole photo, for previews.
  EditPhoto photo(std::int64_t index) const { return inputs_.load(place_of(index)); }
  const std::string& name(std::int64_t index) const { return list_[place_of(index)].photo.name; }

  // Bytes of all pictures, if each is as large as the first.
  double bytes();

  // Whether pictures stay in memory once they are there.
  void keep(bool kept) { keep_ = kept; }

 private:
  std::size_t place_of(std::int64_t index) const;

  const std::vector<LabelledPhoto>& list_;
  const PhotoInputs& inputs_;
  const ChosenPlugin<Editor>& editor_;
  std::vector<std::size_t> used_;  // indices into list_
  std::vector<at::Tensor> kept_;   // of used_; undefined where not yet asked for
  bool keep_ = true;
};

}  // namespace miafr
