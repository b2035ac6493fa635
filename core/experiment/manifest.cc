#include "core/experiment/manifest.h"

#include <nlohmann/json.hpp>

#include "core/config/to_yaml.h"
#include "core/io/sha256.h"
#include "core/base/version.h"

namespace miafr {
namespace {

using nlohmann::ordered_json;
namespace fs = std::filesystem;

ordered_json json_of(const Cell& cell, const CellStatus& status) {
  const CellRecord& record = status.record;
  ordered_json json = {{"cell", cell.name}, {"state", name_of(status.state)}};
  if (!status.note.empty()) json["note"] = status.note;
  if (!record.log.empty()) json["log"] = record.log;
  if (record.train.done)
    json["train"] = {{"seconds", record.train.seconds},
                     {"peak_memory_bytes", record.train.peak_memory},
                     {"steps", record.steps},
                     {"model", record.model},
                     {"model_sha256", record.model_sha256}};
  if (record.generate.done)
    json["generate"] = {{"seconds", record.generate.seconds},
                        {"peak_memory_bytes", record.generate.peak_memory},
                        {"images", record.images},
                        {"images_sha256", record.images_sha256}};
  return json;
}

std::string hash_of_text(const std::string& text) { return sha256_of_bytes(text.data(), text.size()); }

}  // namespace

std::string manifest_json(const Experiment& experiment, const std::vector<std::string>& changes,
                          const std::vector<Cell>& cells, const std::vector<CellStatus>& statuses, const fs::path& out,
                          InputHashes& hashes) {
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
  for (const LossVariant& loss : experiment.losses)
    json["losses"].push_back({{"name", loss.name}, {"config_sha256", hash_of_text(to_yaml(loss.config))}});
  for (const Prompt& prompt : experiment.prompts)
    json["prompts"].push_back({{"text", prompt.text}, {"label", prompt.label}});
  for (std::size_t i = 0; i < cells.size(); ++i) json["cells"].push_back(json_of(cells[i], statuses[i]));
  const fs::path results = out / "evaluation" / "results.json";
  json["results_sha256"] = fs::exists(results) ? ordered_json(sha256_of(results)) : ordered_json();
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace miafr
