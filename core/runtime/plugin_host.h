// The services that a run gives a plugin: log, device, batch size, model files, face matchers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/plugin/host_context.h"
#include "core/runtime/plugin_registry.h"

namespace miafr {

struct RunSettings {
  at::Device device = at::kCPU;
  std::int64_t batch_size = 0;
  std::vector<std::string>
      model_folders;  // --models-dir, then $MIAFR_MODELS, then share/miafr/models beside the program
};

std::vector<std::string> default_model_folders(const std::vector<std::string>& models_dirs);

class PluginHost : public HostContext {
 public:
  // plugin: whose messages carry its name, e.g. "loss biometric". registry outlives this object.
  PluginHost(std::string plugin, RunSettings settings, PluginRegistry& registry)
      : plugin_(std::move(plugin)), settings_(std::move(settings)), registry_(registry) {}

  void log(LogLevel level, const std::string& line) override;
  at::Device device() const override { return settings_.device; }
  std::int64_t batch_size() const override { return settings_.batch_size; }
  std::shared_ptr<FaceMatcher> face_matcher(const std::string& name, MatcherUse use) override;
  std::shared_ptr<AgeEstimator> age_estimator(const std::string& name) override;
  void image_to_image(const ImageToImage& wanted, const std::function<void(std::size_t, at::Tensor)>& deliver) override;
  void progress(std::int64_t done, std::int64_t total) override;
  std::string model_file(const std::string& file_name, const std::string& origin) override;
  std::map<std::string, at::Tensor> load_tensors(const std::string& path) override;

  // What load_tensors was asked for, in order, each once.
  const std::vector<std::string>& loaded_files() const { return loaded_files_; }

 protected:
  const RunSettings& settings() const { return settings_; }
  PluginRegistry& registry() { return registry_; }
  void note_loaded(const std::string& file);  // for loaded_files

 private:
  const std::string plugin_;
  const RunSettings settings_;
  PluginRegistry& registry_;
  std::map<std::string, std::shared_ptr<FaceMatcher>> matchers_;
  std::map<std::string, std::shared_ptr<AgeEstimator>> age_estimators_;
  std::vector<std::string> loaded_files_;
};

}  // namespace miafr
