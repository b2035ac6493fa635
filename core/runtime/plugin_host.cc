#include "core/runtime/plugin_host.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "core/base/interrupt.h"
#include "core/base/log.h"
#include "core/config/nearest.h"
#include "core/config/plugin_choice.h"
#include "core/config/plugin_params.h"
#include "core/models/finite.h"
#include "core/models/tensor_file.h"
#include "core/plugin/age_estimator.h"
#include "core/plugin/face_matcher.h"

namespace miafr {
namespace fs = std::filesystem;

std::vector<std::string> default_model_folders(const std::vector<std::string>& models_dirs) {
  std::vector<std::string> folders = models_dirs;
  const char* path = std::getenv("MIAFR_MODELS");
  std::istringstream entries(path ? path : "");
  for (std::string folder; std::getline(entries, folder, ':');)
    if (!folder.empty()) folders.push_back(folder);
  folders.push_back((executable_path().parent_path().parent_path() / "share" / "miafr" / "models").string());
  return folders;
}

void PluginHost::log(LogLevel level, const std::string& line) {
  const auto write = level == LogLevel::kDebug ? log_debug : level == LogLevel::kInfo ? log_info : log_warning;
  write(plugin_ + ": " + line);
}

std::shared_ptr<FaceMatcher> PluginHost::face_matcher(const std::string& name, MatcherUse use) {
  const PluginChoice choice = parse_plugin_choice(name, "face matcher", plugin_);
  const auto library = registry_.find(PluginKind<FaceMatcher>::kName, choice.name);
  if (use == MatcherUse::kTrainThrough && (library->descriptor().flags & kNoGradient))
    throw PluginError(library->title() +
                      " has no gradient, so no loss can train through it; name another matcher (installed: " +
                      comma_separated(registry_.names(PluginKind<FaceMatcher>::kName)) + ")");
  auto& matcher = matchers_[name];
  if (!matcher)
    matcher = PluginLibrary::create<FaceMatcher>(
        library, resolve_params(library->params(), choice.params, library->title()), *this);
  return matcher;
}

std::shared_ptr<AgeEstimator> PluginHost::age_estimator(const std::string& name) {
  auto& estimator = age_estimators_[name];
  if (!estimator) {
    const PluginChoice choice = parse_plugin_choice(name, "age estimator", plugin_);
    const auto library = registry_.find(PluginKind<AgeEstimator>::kName, choice.name);
    estimator = PluginLibrary::create<AgeEstimator>(
        library, resolve_params(library->params(), choice.params, library->title()), *this);
  }
  return estimator;
}

void PluginHost::image_to_image(const ImageToImage&, const std::function<void(std::size_t, at::Tensor)>&) {
  throw ServiceUnavailable("this run edits no photos, so Stable Diffusion is not at hand");
}

void PluginHost::progress(std::int64_t, std::int64_t) { throw_if_interrupted(); }

std::string PluginHost::model_file(const std::string& file_name, const std::string& origin) {
  std::string looked_in;
  const bool is_path = file_name.find('/') != std::string::npos;
  for (const std::string& folder : settings_.model_folders) {
    const fs::path file = fs::path(folder) / file_name;
    if (fs::is_regular_file(file) || (!file_name.empty() && fs::is_directory(file))) return file.string();
    looked_in += (looked_in.empty() ? "" : ", ") + folder;
  }
  if (is_path && fs::exists(file_name)) return file_name;
  throw ServiceUnavailable("model file " + file_name + " is not in " + looked_in + "; " + origin +
                           "; put it there or name its folder with --models-dir");
}

void PluginHost::note_loaded(const std::string& file) {
  if (std::find(loaded_files_.begin(), loaded_files_.end(), file) == loaded_files_.end()) loaded_files_.push_back(file);
}

std::map<std::string, at::Tensor> PluginHost::load_tensors(const std::string& path) {
  note_loaded(path);
  auto tensors = read_tensor_file(path);
  for (const auto& [name, tensor] : tensors) check_finite(tensor, path + ": " + name);
  return tensors;
}

}  // namespace miafr
