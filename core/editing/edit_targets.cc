#include "core/editing/edit_targets.h"

#include <cmath>
#include <optional>
#include <set>

#include "core/base/errors.h"
#include "core/base/shown.h"
#include "core/base/text.h"
#include "core/config/nearest.h"
#include "core/config/scalar.h"

namespace miafr {
namespace {

constexpr const char* kOff = "no_";

const AgeGroup* group_of(const EditorInfo& info, const std::string& word, std::optional<double> years) {
  for (const AgeGroup& group : info.ages)
    if (group.label == word) return &group;
  for (const AgeGroup& group : info.ages)
    if (years && group.from <= *years && *years < group.to) return &group;
  return nullptr;
}

std::optional<EditTarget> age_target(const EditorInfo& info, const std::string& word) {
  const std::optional<double> number = parse_real(word);
  const std::optional<double> years = number && std::isfinite(*number) && *number >= 0 ? number : std::nullopt;
  EditTarget target;
  target.kind = EditTarget::Kind::kAge;
  target.label = target.name = word;
  if (years) target.years = *years;
  if (const AgeGroup* group = group_of(info, word, years)) {
    target.name = group->label;
    return target;
  }
  if (info.any_age_label || (years && info.min_years <= *years && *years <= info.max_years)) return target;
  return std::nullopt;
}

const EditableAttribute* attribute_named(const EditorInfo& info, const std::string& name) {
  for (const EditableAttribute& attribute : info.attributes)
    if (attribute.name == name) return &attribute;
  return nullptr;
}

// "smile:1.5" -> "smile", 1.5. Nothing where what follows the colon is no number.
std::optional<std::pair<std::string, double>> split_strength(const std::string& word) {
  const std::size_t colon = word.rfind(':');
  if (colon == std::string::npos) return std::pair(word, 1.0);
  const std::optional<double> strength = parse_real(word.substr(colon + 1));
  if (!strength || !std::isfinite(*strength)) return std::nullopt;
  return std::pair(word.substr(0, colon), *strength);
}

// A name that the editor declares goes before the reading as "no_" and a name.
std::optional<EditTarget> attribute_target(const EditorInfo& info, const std::string& word) {
  const auto parts = split_strength(word);
  if (!parts) return std::nullopt;
  EditTarget target;
  target.kind = EditTarget::Kind::kAttribute;
  target.label = word;
  std::tie(target.name, target.strength) = *parts;
  const EditableAttribute* attribute = attribute_named(info, target.name);
  if (!attribute && starts_with(target.name, kOff)) {
    target.on = false;
    target.name = target.name.substr(std::string(kOff).size());
    attribute = attribute_named(info, target.name);
    if (attribute && !attribute->can_be_off) return std::nullopt;
  }
  if (!attribute) return info.any_attribute && target.strength == 1 ? std::optional(target) : std::nullopt;
  const bool usual = target.strength == 1;  // allowed whatever the range
  if (!usual && !(attribute->min_strength <= target.strength && target.strength <= attribute->max_strength))
    return std::nullopt;
  return target;
}

std::string attribute_text(const EditableAttribute& attribute) {
  std::string text = attribute.name;
  if (attribute.can_be_off) text += ", " + (kOff + attribute.name);
  if (attribute.min_strength != attribute.max_strength)
    text += " (with :" + format_number(attribute.min_strength) + " to :" + format_number(attribute.max_strength) + ")";
  return text;
}

[[noreturn]] void refuse(const EditorInfo& info, const std::string& what, const std::string& editor) {
  throw UsageError(editor + " cannot do " + what + "; it can do: " + targets_text(info));
}

}  // namespace

std::string targets_text(const EditorInfo& info) {
  std::vector<std::string> ages, attributes, all;
  for (const AgeGroup& group : info.ages) ages.push_back(group.label);
  if (std::isfinite(info.min_years))
    ages.push_back(format_number(info.min_years) + " to " + format_number(info.max_years) + " years");
  if (info.any_age_label) ages.push_back("any word");
  for (const EditableAttribute& attribute : info.attributes) attributes.push_back(attribute_text(attribute));
  if (info.any_attribute) attributes.push_back("any word");
  if (!ages.empty()) all.push_back("ages " + comma_separated(ages));
  if (!attributes.empty()) all.push_back("attributes " + comma_separated(attributes));
  if (info.text) all.push_back("any text");
  std::string text;
  for (const std::string& part : all) text += (text.empty() ? "" : "; ") + part;
  return text;
}

std::string describe_target(const EditTarget& target) {
  switch (target.kind) {
    case EditTarget::Kind::kAge:
      return "age " + target.label;
    case EditTarget::Kind::kAttribute:
      return "attribute " + target.label;
    case EditTarget::Kind::kText:
      break;
  }
  return "text " + target.name;
}

std::vector<EditTarget> resolve_targets(const EditorInfo& info, const WantedTargets& wanted,
                                        const std::string& editor) {
  std::vector<EditTarget> targets;
  for (const std::string& age : wanted.ages) {
    const auto target = age_target(info, age);
    if (!target) refuse(info, "--age " + shown(age), editor);
    targets.push_back(*target);
  }
  for (const std::string& attribute : wanted.attributes) {
    const auto target = attribute_target(info, attribute);
    if (!target) refuse(info, "--attribute " + shown(attribute), editor);
    targets.push_back(*target);
  }
  for (const Prompt& prompt : wanted.texts) {
    if (!info.text) refuse(info, "--prompt", editor);
    EditTarget target;
    target.label = prompt.label;
    target.name = prompt.text;
    targets.push_back(target);
  }
  std::set<std::string> seen;
  for (const EditTarget& target : targets)
    if (!seen.insert(describe_target(target)).second) throw UsageError(describe_target(target) + " is wanted twice");
  return targets;
}

}  // namespace miafr
