#include "core/commands/face_options.h"

#include <unistd.h>

#include <iostream>
#include <map>

#include "core/base/interrupt.h"
#include "core/base/log.h"
#include "core/base/progress.h"
#include "core/commands/option_values.h"
#include "core/commands/setting_options.h"
#include "core/image/find_images.h"
#include "core/io/cache_folder.h"
#include "core/runtime/device.h"

namespace miafr {
namespace {

namespace po = boost::program_options;
namespace fs = std::filesystem;

const Words kFaceRows = {"detector", "faces", "min_confidence", "min_face", "aligned", "age", "quality"};

FacePolicy policy_of(const std::string& word) {
  static const std::map<std::string, FacePolicy> policies = {{"largest", FacePolicy::kLargest},
                                                             {"centred", FacePolicy::kCentred},
                                                             {"only", FacePolicy::kOnly},
                                                             {"all", FacePolicy::kAll}};
  return policies.at(word);
}

FaceSettings settings_of(const EvaluateConfig& config, bool use_cache) {
  FaceSettings settings;
  settings.policy = policy_of(config.faces);
  settings.min_confidence = config.min_confidence;
  settings.min_face = config.min_face;
  settings.aligned = config.aligned;
  if (const auto cache = cache_folder(); cache && use_cache) settings.cache_folder = (*cache / "faces").string();
  return settings;
}

std::vector<PluginChoice> read_matchers(const Options& options, const Words& words) {
  std::vector<PluginChoice> choices;
  for (const std::string& word : words) choices.push_back(plugin_named("matcher", word));
  if (options.has("weights")) {
    if (choices.size() != 1)
      throw UsageError("--weights needs one --matcher; of several, write --matcher NAME:weights=FILE");
    choices[0].params.push_back({"weights", options.get<std::string>("weights"), "command line: --weights"});
  }
  return choices;
}

}  // namespace

EvaluateConfig faces_alone() {
  EvaluateConfig config;
  config.age.clear();
  config.quality.clear();
  return config;
}

void describe_face_options(Options& options, const EvaluateConfig& defaults) {
  describe_settings(options, defaults, kFaceRows);
  auto add = options.add();
  add("device", po::value<std::string>()->value_name("D"), "cpu, cuda or auto (default)");
  add("no-cache", "compute everything anew, and keep nothing in ~/.cache/miafr");
}

void describe_matcher_options(Options& options, const EvaluateConfig& defaults) {
  describe_settings(options, defaults, {"matchers"});
  options.add()("weights", po::value<std::string>()->value_name("FILE"), "the weights of the one matcher");
}

FaceRun read_face_run(const Options& options, const GlobalOptions& globals, EvaluateConfig config) {
  apply_settings(options, config, kFaceRows);
  apply_settings(options, config, {"matchers"});
  FaceRun run;
  run.settings = settings_of(config, !options.has("no-cache"));
  run.registry = std::make_unique<PluginRegistry>(PluginRegistry::default_folders(globals.plugin_dirs));
  run.device = choose_device(value_or<std::string>(options, "device", "auto"));
  const RunSettings with{run.device, 0, default_model_folders(globals.models_dirs)};
  const auto wanted = [](const std::string& word) { return !word.empty() && word != "none"; };
  if (!config.aligned)
    run.networks.detector = choose_plugin<FaceDetector>(plugin_named("detector", config.detector), *run.registry, with);
  for (const PluginChoice& matcher : read_matchers(options, config.matchers))
    run.networks.matchers.push_back(choose_plugin<FaceMatcher>(matcher, *run.registry, with));
  if (wanted(config.age))
    run.networks.age = choose_plugin<AgeEstimator>(plugin_named("age", config.age), *run.registry, with);
  for (const std::string& word : config.quality)
    if (wanted(word))
      run.networks.quality.push_back(choose_plugin<Quality>(plugin_named("quality", word), *run.registry, with));
  return run;
}

std::vector<fs::path> files_named(const std::vector<std::string>& words) {
  std::vector<fs::path> files;
  for (const std::string& word : words) {
    if (!fs::is_directory(word)) {
      files.emplace_back(word);
      continue;
    }
    const FoundImages found = find_images(word, /*recursive=*/true);
    files.insert(files.end(), found.files.begin(), found.files.end());
    for (const RefusedPath& refused : found.refused)
      log_warning(refused.path.string() + ": " + refused.reason + "; left out");
  }
  if (files.empty()) throw Error(words.front() + ": there are no images in it");
  return files;
}

FaceProgress face_progress(const std::string& command) {
  auto progress = std::make_shared<std::unique_ptr<Progress>>();
  return [command, progress](std::int64_t done, std::int64_t total) {
    constexpr std::int64_t kFew = 8;  // done before anybody looks
    if (!*progress && total > kFew)
      *progress = std::make_unique<Progress>(command, "image", total, std::cerr, ::isatty(STDERR_FILENO) != 0);
    if (*progress) (*progress)->update(done);
    if (done >= total) progress->reset();
    throw_if_interrupted();
  };
}

std::string failure_summary(const std::vector<AnalysedFace>& faces) {
  std::map<std::string, std::int64_t> reasons;
  std::int64_t failed = 0;
  for (const AnalysedFace& face : faces)
    if (!face.failure.empty()) {
      ++reasons[face.failure];
      ++failed;
    }
  if (failed == 0) return "";
  std::string text = std::to_string(failed) + " of " + std::to_string(faces.size()) + " images have no usable face";
  const char* before = ": ";
  for (const auto& [reason, count] : reasons) {
    text += before + reason + " " + std::to_string(count);
    before = ", ";
  }
  return text;
}

}  // namespace miafr
