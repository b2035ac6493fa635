#include "core/experiment/manifest.h"

#include <nlohmann/json.hpp>

#include "core/config/to_yaml.h"
#include "core/io/sha256.h"
#include "core/base/version.h"

namespace miafr {
namespace {

using nlohmann::ordered_json;
namespace fs = std::filesystem;

ordered_json json_of(const Trial& trial, const TrialStatus& status) {
  const TrialRecord& record = status.record;
  ordered_json json = {{"trial", trial.name}, {"state", name_of(status.state)}};
  if (!status.note.empty()) json["note"] = status.note;
  if (!record.log.empty()) json["log"] = record.log;
  for (const StageRecord& stage : record.stages) {
    if (!stage.done) continue;
    ordered_json& one = json[stage.name] = {{"seconds", stage.seconds}, {"peak_memory_bytes", stage.peak_memory}};
    if (stage.name == "train")
      one.update({{"steps", record.steps}, {"model", record.model}, {"model_sha256", record.model_sha256}});
    else
      one.update({{"images", record.images}, {"images_sha256", record.images_sha256}});
  }
  return json;
}

std::string hash_of_text(const std::string& text) { return sha256_of_bytes(text.data(), text.size()); }

}  // namespace

std::string manifest_json(const Experiment& experiment, const std::vector<std::string>& changes,
                          const std::vector<Trial>& trials, const std::vector<TrialStatus>& statuses,
                          const fs::path& out, InputHashes& hashes) {
  ordered_json json = {{"program", std::string("miafr ") + kVersion},
                       {"experiment", experiment.name},
                       {"file_sha256", hashes.of(out / "experiment.yaml")},
                       {"changes", changes},
                       {"checkpoint", experiment.checkpoint.filename().string()},
                       {"checkpoint_sha256", hashes.of(experiment.checkpoint)},
                       {"regularisation_sha256", hashes.of(experiment.regularisation)}};
  for (const Subject& subject : experiment.subjects)
    json["subjects"].push_back({{"name", subject.name},
                                {"token", subject.token},
                                {"class_word", subject.class_word},
                                {"photos_sha256", hashes.of(subject.photos)}});
  for (const Method& method : experiment.methods) {
    ordered_json one = {{"name", method.name}, {"stages", method.stages()}};
    if (!method.editor.empty()) one["editor"] = method.editor;
    if (!method.stages().empty()) one["config_sha256"] = hash_of_text(to_yaml(method.config));
    json["methods"].push_back(one);
  }
  for (const Prompt& prompt : experiment.prompts)
    json["prompts"].push_back({{"text", prompt.text}, {"label", prompt.label}});
  for (std::size_t i = 0; i < trials.size(); ++i) json["trials"].push_back(json_of(trials[i], statuses[i]));
  const fs::path results = out / "evaluation" / "results.json";
  json["results_sha256"] = fs::exists(results) ? ordered_json(sha256_of(results)) : ordered_json();
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace miafr
