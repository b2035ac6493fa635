// The options of the commands that look at faces.
#pragma once

#include <c10/core/Device.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/commands/options.h"
#include "core/config/run_config.h"
#include "core/face/face_analysis.h"
#include "core/runtime/plugin_registry.h"

namespace miafr {

// defaults: of the command.
void describe_face_options(Options& options, const EvaluateConfig& defaults);
// --matcher and --weights, for commands that compare.
void describe_matcher_options(Options& options, const EvaluateConfig& defaults);

// The settings of the commands that only look at faces: no age, no quality.
EvaluateConfig faces_alone();

struct FaceRun {
  std::unique_ptr<PluginRegistry> registry;
  FaceNetworks networks;
  FaceSettings settings;
  c10::Device device = c10::kCPU;
};

// Loads the plugins that `config`, with what the command line says in its place, names.
FaceRun read_face_run(const Options& options, const GlobalOptions& globals, EvaluateConfig config);

// Files as given, folders by the images below them. What a folder refuses is warned of. Throws Error where there is no
// image at all.
std::vector<std::filesystem::path> files_named(const std::vector<std::string>& words);

// A bar on a terminal.
FaceProgress face_progress(const std::string& command);

// "3 of 120 images have no usable face: no face 2, unreadable 1"; "" where all have.
std::string failure_summary(const std::vector<AnalysedFace>& faces);

}  // namespace miafr
