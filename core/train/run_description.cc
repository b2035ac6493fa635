#include "core/train/run_description.h"

#include <torch/version.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/base/version.h"
#include "core/config/scalar.h"
#include "core/io/sha256.h"

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

std::string text_of(const ordered_json& json) {
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

ordered_json read_json(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw Error(file.string() + ": cannot be read; is " + file.parent_path().string() + " the folder of a run?");
  return ordered_json::parse(in, nullptr, /*allow_exceptions=*/false);
}

[[noreturn]] void refuse(const std::filesystem::path& file) {
  throw Error(file.string() + ": is not as miafr train writes it");
}

// Photos by what a run learns from them, which leaves out where they lie: hash and caption to file.
std::multimap<std::string, std::string> by_content(const ordered_json& images) {
  std::multimap<std::string, std::string> all;
  for (const auto& image : images)
    all.emplace(image.at("sha256").get<std::string>() + image.at("caption").get<std::string>(),
                image.at("file").get<std::string>());
  return all;
}

// The files of `all` that have no counterpart in `others`.
std::set<std::string> files_beyond(const std::multimap<std::string, std::string>& all,
                                   std::multimap<std::string, std::string> others) {
  std::set<std::string> files;
  for (const auto& [content, file] : all) {
    const auto counterpart = others.find(content);
    if (counterpart == others.end())
      files.insert(file);
    else
      others.erase(counterpart);
  }
  return files;
}

std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i > 0 ? ", " : "") + names[i];
  return text + (names.size() > kShown ? " and " + std::to_string(names.size() - kShown) + " more" : "");
}

void warn_of_changes(const std::filesystem::path& run_folder, const ordered_json& then, const ordered_json& now) {
  const auto before = by_content(then), after = by_content(now);
  std::vector<std::string> changed, added, removed;
  const std::set<std::string> gone = files_beyond(before, after), come = files_beyond(after, before);
  for (const std::string& file : come) (gone.count(file) > 0 ? changed : added).push_back(file);
  for (const std::string& file : gone)
    if (come.count(file) == 0) removed.push_back(file);
  std::string text;
  const auto tell = [&](const char* what, const std::vector<std::string>& files) {
    if (!files.empty()) text += (text.empty() ? "" : "; ") + std::string(what) + ": " + some_of(files);
  };
  tell("changed", changed);
  tell("added", added);
  tell("removed", removed);
  if (text.empty()) return;
  log_warning(run_folder.string() + ": goes on with other photos or captions than it was begun with; " + text);
}

}  // namespace

std::string describe_run(const TrainOptions& options, const TrainingSets& sets,
                         const std::vector<WeightedLoss>& losses) {
  ordered_json plugins = ordered_json::array();
  for (const WeightedLoss& loss : losses)
    plugins.push_back({{"loss", loss.name}, {"version", loss.plugin.identity.version}, {"weight", loss.weight}});
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
  return text_of(json);
}

std::string describe_resumed_run(const std::filesystem::path& run_folder, const std::string& now) {
  const std::filesystem::path file = run_folder / "run.json";
  const auto before = read_json(file);
  ordered_json json = ordered_json::parse(now);
  try {
    if (json.at("checkpoint_sha256") != before.at("checkpoint_sha256"))
      throw Error(json.at("checkpoint").get<std::string>() + ": is not the checkpoint that " + run_folder.string() +
                  " was begun with (SHA-256 " + before.at("checkpoint_sha256").get<std::string>() +
                  "); name that one with --actual_resume, or begin a new run");
    for (const char* set : {"train_images", "reg_images"}) warn_of_changes(run_folder, before.at(set), json.at(set));
    json["started"] = before.at("started");
  } catch (const nlohmann::json::exception&) {
    refuse(file);
  }
  return text_of(json);
}

DescribedInputs read_description(const std::filesystem::path& run_folder) {
  const std::filesystem::path file = run_folder / "run.json";
  const auto json = read_json(file);
  try {
    return {json.at("checkpoint").get<std::string>(),
            {json.at("data_root").get<std::string>(), json.at("reg_data_root").get<std::string>(),
             json.at("token").get<std::string>(), json.at("class_word").get<std::string>()}};
  } catch (const nlohmann::json::exception&) {
    refuse(file);
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

std::map<std::string, std::string> settings_that_must_match(const RunConfig& config, int ranks) {
  const TrainConfig& t = config.train;
  std::map<std::string, std::string> settings = {{"train.method", t.method},
                                                 {"train.optimizer", t.optimizer},
                                                 {"train.seed", std::to_string(t.seed)},
                                                 {"train.train_text_encoder", t.train_text_encoder ? "true" : "false"},
                                                 {"train.use_ema", t.use_ema ? "true" : "false"},
                                                 {"data.batch_size", std::to_string(config.data.batch_size)},
                                                 {"train.accumulation", std::to_string(t.accumulation)},
                                                 {"WORLD_SIZE", std::to_string(ranks)}};
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
