#include "core/runtime/plugin_host.h"

#include <cstdlib>
#include <sstream>

#include "core/base/log.h"
#include "core/config/nearest.h"
#include "core/config/plugin_choice.h"
#include "core/config/plugin_params.h"
#include "core/models/finite.h"
#include "core/models/tensor_file.h"
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

std::string PluginHost::model_file(const std::string& file_name, const std::string& origin) {
  std::string looked_in;
  for (const std::string& folder : settings_.model_folders) {
    const fs::path file = fs::path(folder) / file_name;
    if (fs::is_regular_file(file)) return file.string();
    looked_in += (looked_in.empty() ? "" : ", ") + folder;
  }
  throw ServiceUnavailable("model file " + file_name + " is not in " + looked_in + "; " + origin +
                           "; put it there or name its folder with --models-dir");
}

std::map<std::string, at::Tensor> PluginHost::load_tensors(const std::string& path) {
  loaded_files_.push_back(path);
  auto tensors = read_tensor_file(path);
  for (const auto& [name, tensor] : tensors) check_finite(tensor, path + ": " + name);
  return tensors;
}

}  // namespace miafr
