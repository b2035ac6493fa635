// What the user wants pictures to show, held against what an editor can do.
#pragma once

#include <string>
#include <vector>

#include "core/config/prompt_templates.h"
#include "core/plugin/editor.h"

namespace miafr {

// Words of the command line or of an experiment.
struct WantedTargets {
  std::vector<std::string> ages;        // "elderly", "65"
  std::vector<std::string> attributes;  // "eyeglasses", "no_eyeglasses", "smile:1.5"
  std::vector<Prompt> texts;            // with the label that their pictures are filed under
};

// In the order ages, attributes, texts. editor: its title, for messages. Throws UsageError that names the target and
// what the editor can do, and for a target that is wanted twice.
std::vector<EditTarget> resolve_targets(const EditorInfo& info, const WantedTargets& wanted, const std::string& editor);

// "ages child, elderly; attributes eyeglasses, no_eyeglasses; texts".
std::string targets_text(const EditorInfo& info);

// "age elderly", "attribute no_eyeglasses", "attribute smile:1.5", "text photo of …": unique for what is done.
std::string describe_target(const EditTarget& target);

}  // namespace miafr
