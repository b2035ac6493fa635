// What a fitting run is told to be: run.json in its folder.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/fit/fit.h"

namespace miafr {

std::string describe_fit(const FitOptions& options, const ChosenPlugin<Editor>& editor, const PhotoInputs& inputs);

// What a run needs of its run.json to go on: editor, photos and settings, into `options`; `changes` of the settings go
// before. Throws Error where it is not as describe_fit writes it.
void read_fit_description(const std::filesystem::path& run_folder, const RawParams& changes, FitOptions& options);

// Says so once where photos or labels are others than the run began with.
void warn_of_other_photos(const std::filesystem::path& run_folder, const std::string& now);

// A checkpoint can be gone on from only where these are as they were.
std::map<std::string, std::string> fit_settings_that_must_match(const FitOptions& options,
                                                                const PluginIdentity& editor);

}  // namespace miafr
