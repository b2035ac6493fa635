#include "core/runtime/plugin_host.h"

#include <cstdlib>
#include <sstream>

#include "core/config/plugin_params.h"
#include "core/models/finite.h"
#include "core/models/tensor_file.h"
#include "core/nn/fused_ops.h"
#include "core/plugin/face_matcher.h"
#include "core/runtime/chosen_plugin.h"
#include "core/base/log.h"

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

at::Tensor PluginHost::decode_latents(const at::Tensor&) {
  throw ServiceUnavailable("this run has no autoencoder, so latents cannot be decoded");
}

HostContext::DdimStep PluginHost::ddim_step(const at::Tensor& x, const at::Tensor& eps, double a, double a_next,
                                            double sigma, const at::Tensor& noise) {
  const auto [next, x0] = miafr::ddim_step(x, eps, a, a_next, sigma, noise);
  return {next, x0};
}

at::Tensor PluginHost::face_points(const at::Tensor&) {
  throw ServiceUnavailable("this run has no face detector, so face points cannot be found");
}

std::shared_ptr<FaceMatcher> PluginHost::face_matcher(const std::string& name) {
  auto& matcher = matchers_[name];
  if (!matcher) {
    PluginChoice choice = parse_plugin_choice(name, plugin_ + ": face matcher");
    for (RawParam& param : choice.params) param.origin = plugin_;
    const auto library = registry_.find(PluginKind<FaceMatcher>::kName, choice.name);
    const Params params = resolve_params(library->params(), choice.params, library->title());
    matcher = PluginLibrary::create<FaceMatcher>(library, params, *this);
  }
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
