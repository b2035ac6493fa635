// An editor plugin as a run uses it, with the services that only such runs have.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>

#include "core/plugin/editor.h"
#include "core/runtime/chosen_plugin.h"

namespace miafr {

struct EditingServices {
  std::filesystem::path vocabulary;  // of Stable Diffusion's tokenizer
  // How far the call that is running has come. May throw Cancelled.
  std::function<void(std::int64_t done, std::int64_t total)> on_progress;
};

// The identity holds every weights file that the editor has asked for. Throws PluginError, ConfigError for a parameter,
// and what a missing model file says.
ChosenPlugin<Editor> choose_editor(const PluginChoice& choice, PluginRegistry& registry, const RunSettings& run,
                                   EditingServices services);

// The pictures, one for each target in order, each as soon as it is there; what an editor may not do is a PluginError.
// paste: crops are pasted back where the editor has not done so and says where they lie.
void edit_photo(const ChosenPlugin<Editor>& editor, const EditPhoto& photo, const std::vector<EditTarget>& targets,
                const std::function<void(const EditedPicture&)>& deliver);

}  // namespace miafr
