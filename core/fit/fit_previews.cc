#include "core/fit/fit_previews.h"

#include <algorithm>

#include "core/base/interrupt.h"
#include "core/editing/pixels.h"
#include "core/editing/thumbnail.h"
#include "core/image/grid.h"
#include "core/image/png.h"

namespace miafr {
namespace {

std::vector<EditTarget> declared_targets(const EditorInfo& info) {
  constexpr std::size_t kMost = 6;
  std::vector<EditTarget> targets;
  const auto add = [&](EditTarget::Kind kind, const std::string& name, const std::string& label, bool on) {
    if (targets.size() >= kMost) return;
    EditTarget target;
    target.kind = kind;
    target.name = name;
    target.label = label;
    target.on = on;
    targets.push_back(target);
  };
  for (const AgeGroup& group : info.ages) add(EditTarget::Kind::kAge, group.label, group.label, true);
  for (const EditableAttribute& attribute : info.attributes) {
    add(EditTarget::Kind::kAttribute, attribute.name, attribute.name, true);
    if (attribute.can_be_off) add(EditTarget::Kind::kAttribute, attribute.name, "no_" + attribute.name, false);
  }
  return targets;
}

}  // namespace

FitPreviews::FitPreviews(const ChosenPlugin<Editor>& editor, const FitPictures& pictures, std::int64_t most,
                         std::uint64_t seed)
    : editor_(editor),
      pictures_(pictures),
      count_(std::min(most, pictures.size())),
      seed_(seed),
      targets_(declared_targets(editor.object->info())) {}

void FitPreviews::paint(const std::filesystem::path& file) const {
  std::vector<GridRow> rows;
  for (std::int64_t i = 0; i < count_; ++i) {
    EditPhoto photo = pictures_.photo(i);
    photo.seed = seed_;
    rows.push_back({pictures_.name(i) + ":", {thumbnail(to_bytes(photo.photo))}});
    edit_photo(editor_, photo, targets_, [&](const EditedPicture& out) {
      throw_if_interrupted();
      rows.back().label += " " + targets_[out.target].label;
      rows.back().pictures.push_back(thumbnail(to_bytes(out.picture)));
    });
  }
  std::filesystem::create_directories(file.parent_path());
  write_png(file, make_grid(rows));
}

}  // namespace miafr
