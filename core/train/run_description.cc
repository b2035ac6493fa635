#include "core/train/run_description.h"

#include <torch/version.h>

#include <chrono>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/config/scalar.h"
#include "core/io/sha256.h"
#include "core/runtime/errors.h"
#include "core/version.h"

namespace miafr {
namespace {

using nlohmann::ordered_json;

std::string now_text() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&now));
  return text;
}

ordered_json json_of(const std::vector<TrainingImage>& images) {
  ordered_json all = ordered_json::array();
  for (const TrainingImage& image : images)
    all.push_back({{"file", image.file.string()},
                   {"sha256", sha256_of(image.file)},
                   {"caption", image.caption},
                   {"width", image.width},
                   {"height", image.height}});
  return all;
}

}  // namespace

std::string describe_run(const TrainOptions& options, const TrainingSets& sets,
                         const std::vector<WeightedLoss>& losses) {
  ordered_json plugins = ordered_json::array();
  for (const WeightedLoss& loss : losses)
    plugins.push_back({{"loss", loss.name}, {"version", loss.library->descriptor().version}, {"weight", loss.weight}});
  const auto absolute = [](const std::filesystem::path& path) {
    return path.empty() ? std::string() : std::filesystem::absolute(path).lexically_normal().string();
  };
  const ordered_json json = {{"program", std::string("miafr ") + kVersion},
                             {"libtorch", TORCH_VERSION},
                             {"started", now_text()},
                             {"device", options.run.device.str()},
                             {"checkpoint", absolute(options.checkpoint)},
                             {"checkpoint_sha256", sha256_of(options.checkpoint)},
                             {"data_root", absolute(options.folders.train)},
                             {"reg_data_root", absolute(options.folders.reg)},
                             {"token", options.folders.token},
                             {"class_word", options.folders.class_word},
                             {"losses", plugins},
                             {"train_images", json_of(sets.train)},
                             {"reg_images", json_of(sets.reg)}};
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

DescribedInputs read_description(const std::filesystem::path& run_folder) {
  const std::filesystem::path file = run_folder / "run.json";
  std::ifstream in(file);
  if (!in) throw Error(file.string() + ": cannot be read; is " + run_folder.string() + " the folder of a run?");
  const auto json = nlohmann::json::parse(in, nullptr, /*allow_exceptions=*/false);
  try {
    return {json.at("checkpoint").get<std::string>(),
            {json.at("data_root").get<std::string>(), json.at("reg_data_root").get<std::string>(),
             json.at("token").get<std::string>(), json.at("class_word").get<std::string>()}};
  } catch (const nlohmann::json::exception&) {
    throw Error(file.string() + ": is not as miafr train writes it");
  }
}

Metadata metadata_of(const TrainOptions& options, std::int64_t step) {
  Metadata metadata = {{"program", std::string("miafr ") + kVersion},
                       {"base", options.checkpoint.filename().string()},
                       {"base_sha256", sha256_of(options.checkpoint)},
                       {"step", std::to_string(step)},
                       {"token", options.folders.token},
                       {"class_word", options.folders.class_word},
                       {"seed", std::to_string(options.config.train.seed)}};
  std::string losses;
  for (const LossConfig& loss : options.config.losses)
    losses += (losses.empty() ? "" : ", ") + loss.name + " " + format_number(loss.weight);
  metadata["losses"] = losses;
  if (options.config.train.method == "lora") {  // as kohya's tools look for them
    metadata["ss_network_dim"] = std::to_string(options.config.train.lora_rank);
    metadata["ss_network_alpha"] = format_number(options.config.train.lora_alpha);
    metadata["ss_network_module"] = "networks.lora";
    metadata["ss_base_model_version"] = "sd_v1";
  }
  return metadata;
}

std::map<std::string, std::string> settings_that_must_match(const RunConfig& config) {
  const TrainConfig& t = config.train;
  std::map<std::string, std::string> settings = {{"train.method", t.method},
                                                 {"train.optimizer", t.optimizer},
                                                 {"train.seed", std::to_string(t.seed)},
                                                 {"train.train_text_encoder", t.train_text_encoder ? "true" : "false"},
                                                 {"train.use_ema", t.use_ema ? "true" : "false"},
                                                 {"data.batch_size", std::to_string(config.data.batch_size)},
                                                 {"train.accumulation", std::to_string(t.accumulation)}};
  if (t.method == "lora") {
    settings["train.lora_rank"] = std::to_string(t.lora_rank);
    settings["train.lora_alpha"] = format_number(t.lora_alpha);
    settings["train.lora_modules"] = t.lora_modules;
  }
  std::string losses;
  for (const LossConfig& loss : config.losses) losses += (losses.empty() ? "" : ", ") + loss.name;
  settings["losses"] = losses;
  return settings;
}

void check_settings(const std::filesystem::path& checkpoint, const std::map<std::string, std::string>& now,
                    const std::map<std::string, std::string>& then) {
  for (const auto& [name, value] : now) {
    const auto found = then.find(name);
    if (found == then.end() || found->second == value) continue;
    throw Error(checkpoint.string() + ": was trained with " + name + " = " + found->second + ", not " + value +
                "; go on with the same, or begin a new run");
  }
}

}  // namespace miafr
