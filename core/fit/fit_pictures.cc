#include "core/fit/fit_pictures.h"

#include <stdexcept>
#include <string>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/base/shown.h"

namespace miafr {

FitPictures::FitPictures(const std::vector<LabelledPhoto>& list, const PhotoInputs& inputs,
                         const ChosenPlugin<Editor>& editor)
    : list_(list), inputs_(inputs), editor_(editor) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    const PhotoInputs::Entry& entry = inputs.entries()[i];
    if (entry.failure.empty())
      used_.push_back(i);
    else
      log_warning(shown(entry.photo.file.string(), 300) +
                  ": left out: " + (entry.detail.empty() ? entry.failure : entry.detail));
  }
  if (used_.empty()) throw Error("none of the " + std::to_string(list.size()) + " listed photos can be used");
  if (used_.size() < list.size())
    log_warning(std::to_string(list.size() - used_.size()) + " of " + std::to_string(list.size()) +
                " listed photos are left out");
  kept_.resize(used_.size());
}

std::size_t FitPictures::place_of(std::int64_t index) const {
  if (index < 0 || index >= size())
    throw std::out_of_range("photo " + std::to_string(index) + " of " + std::to_string(size()) + " is asked for");
  return used_[static_cast<std::size_t>(index)];
}

at::Tensor FitPictures::picture(std::int64_t index) {
  const std::size_t place = place_of(index);
  at::Tensor& kept = kept_[static_cast<std::size_t>(index)];
  if (kept.defined()) return kept;
  const at::NoGradGuard no_gradients;
  const EditPhoto photo = inputs_.load(place);
  const at::Tensor picture = editor_.call("fit_picture", [&](Editor& e) { return e.fit_picture(photo); }).cpu();
  if (keep_) kept = picture;
  return picture;
}

double FitPictures::bytes() { return static_cast<double>(picture(0).nbytes()) * static_cast<double>(size()); }

}  // namespace miafr
