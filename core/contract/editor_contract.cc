// Every editor plugin: a usable declaration, a picture for each target in order and in its range, the same one whatever
// came before, the photo left as it is. What fitting asks for is in fit_contract.cc.
#include <torch/types.h>

#include <cmath>
#include <set>

#include "core/config/plugin_choice.h"
#include "core/contract/contract.h"
#include "core/contract/editor_photo.h"
#include "core/plugin/editor.h"

namespace miafr {
namespace {

EditTarget target_of(EditTarget::Kind kind, const std::string& name) {
  EditTarget target;
  target.kind = kind;
  target.label = target.name = name;
  return target;
}

// Some of what it declares, of every kind.
std::vector<EditTarget> some_targets(const EditorInfo& info) {
  using Kind = EditTarget::Kind;
  std::vector<EditTarget> targets;
  if (!info.ages.empty()) targets.push_back(target_of(Kind::kAge, info.ages.back().label));
  if (info.any_age_label) targets.push_back(target_of(Kind::kAge, "elderly"));
  if (std::isfinite(info.max_years)) {
    targets.push_back(target_of(Kind::kAge, "years"));
    targets.back().years = info.max_years;
  }
  if (!info.attributes.empty()) {
    targets.push_back(target_of(Kind::kAttribute, info.attributes.front().name));
    targets.back().strength = info.attributes.front().max_strength;
    if (info.attributes.front().can_be_off) {
      targets.push_back(target_of(Kind::kAttribute, info.attributes.front().name));
      targets.back().on = false;
    }
  }
  if (info.any_attribute) targets.push_back(target_of(Kind::kAttribute, "eyeglasses"));
  if (info.text) targets.push_back(target_of(Kind::kText, "photo of an old person"));
  return targets;
}

void check_names(const EditorInfo& info) {
  std::set<std::string> names;
  for (const AgeGroup& group : info.ages) {
    expect(!group.label.empty() && names.insert(group.label).second, "age group '" + group.label + "'");
    expect(std::isnan(group.from) == std::isnan(group.to) && !(group.from >= group.to),
           "the years of age group '" + group.label + "'");
  }
  names.clear();
  for (const EditableAttribute& attribute : info.attributes) {
    expect(is_plugin_name(attribute.name) && names.insert(attribute.name).second, "attribute '" + attribute.name + "'");
    expect(attribute.min_strength <= attribute.max_strength, "the strengths of attribute " + attribute.name);
    expect(!attribute.can_be_off || attribute.name.rfind("no_", 0) != 0,
           "attribute " + attribute.name + " begins with no_ and can be switched off");
  }
}

void check_declaration(const EditorInfo& info, std::uint32_t needs) {
  check_names(info);
  expect(!some_targets(info).empty(), "it declares no target");
  expect(std::isnan(info.min_years) == std::isnan(info.max_years) && !(info.min_years > info.max_years),
         "min_years and max_years");
  expect(info.height >= 0 && info.width >= 0 && (info.height == 0) == (info.width == 0),
         "a size of " + std::to_string(info.height) + "x" + std::to_string(info.width));
  for (const EditorWeights& weights : info.weights)
    expect(!weights.file.empty() && !weights.licence.empty() && !weights.origin.empty(),
           "weights '" + weights.file + "' without a licence or an origin");
  if (needs & kEditNeedsReferenceEmbeddings)
    expect((needs & kEditNeedsReferences) && !info.reference_matcher.empty(),
           "embeddings of references need kEditNeedsReferences and a reference_matcher");
}

void check_picture(const EditedPicture& out, std::size_t target, const EditorInfo& info, const at::Tensor& photo) {
  expect(out.target == target, "target " + std::to_string(out.target) + " where " + std::to_string(target) + " is due");
  expect(out.picture.defined() && out.picture.dim() == 3 && out.picture.size(0) == 3 &&
             out.picture.scalar_type() == at::kFloat,
         "the picture is not [3,h,w] float32");
  const bool whole = out.pasted_back || info.height == 0;
  const int64_t height = whole ? photo.size(1) : info.height, width = whole ? photo.size(2) : info.width;
  expect(
      out.picture.size(1) == height && out.picture.size(2) == width,
      "shape " + c10::str(out.picture.sizes()) + ", declared " + std::to_string(height) + "x" + std::to_string(width));
  expect(((out.picture >= 0) & (out.picture <= 1)).all().item<bool>(), "a value lies outside 0..1");
  if (out.matrix.defined())
    expect(out.matrix.sizes() == at::IntArrayRef({2, 3}) && out.matrix.isfinite().all().item<bool>(),
           "the matrix is not a finite [2,3]");
}

std::vector<EditedPicture> edited(Editor& editor, const EditPhoto& photo, const std::vector<EditTarget>& targets) {
  std::vector<EditedPicture> pictures;
  editor.edit(photo, targets, [&](EditedPicture picture) { pictures.push_back(std::move(picture)); });
  expect(pictures.size() == targets.size(),
         std::to_string(pictures.size()) + " pictures for " + std::to_string(targets.size()) + " targets");
  return pictures;
}

void check_repeats(Editor& editor, const EditPhoto& photo, const EditPhoto& other,
                   const std::vector<EditTarget>& targets, const std::vector<EditedPicture>& first) {
  edited(editor, other, targets);
  const EditedPicture again = edited(editor, photo, {targets.back()}).front();
  expect(at::equal(again.picture, first.back().picture),
         "another photo before it, or fewer targets beside it, change the picture");
}

void check_stops(Editor& editor, const EditPhoto& photo, const std::vector<EditTarget>& targets) {
  try {
    editor.edit(photo, targets, [](EditedPicture) { throw Cancelled(); });
  } catch (const Cancelled&) {
    return;
  }
  throw CheckFailed("what deliver throws does not come through");
}

}  // namespace

void check_editor(std::shared_ptr<const PluginLibrary> library, const Params& params, HostContext& host,
                  Checks& checks) {
  std::shared_ptr<Editor> editor;
  if (!checks.run("it can be made with its defaults",
                  [&] { editor = PluginLibrary::create<Editor>(library, params, host); }))
    return;
  const EditorInfo& info = editor->info();
  const std::uint32_t needs = library->descriptor().flags;
  if (!checks.run("its declaration is usable", [&] { check_declaration(info, needs); })) return;
  const std::vector<EditTarget> targets = some_targets(info);
  const EditPhoto photo = photo_for(info, needs, host, 0), other = photo_for(info, needs, host, 1);
  const at::Tensor before = photo.photo.clone();
  std::vector<EditedPicture> pictures;
  {
    const at::NoGradGuard no_grad;
    const bool edits = checks.run("it makes a picture for each target", [&] {
      pictures = edited(*editor, photo, targets);
      for (std::size_t i = 0; i < pictures.size(); ++i) check_picture(pictures[i], i, info, photo.photo);
    });
    if (!edits) return;
    checks.run("it leaves the photo as it is", [&] { expect(at::equal(photo.photo, before), "it has changed"); });
    checks.run("a picture depends on photo, target and seed alone",
               [&] { check_repeats(*editor, photo, other, targets, pictures); });
    checks.run("it stops when told to", [&] { check_stops(*editor, photo, targets); });
  }
  if (needs & kCanBeFitted) check_fitting(library, params, host, checks);
}

}  // namespace miafr
