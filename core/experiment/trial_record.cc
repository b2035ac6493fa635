#include "core/experiment/trial_record.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/config/scalar.h"
#include "core/config/to_yaml.h"
#include "core/config/yaml_reader.h"
#include "core/experiment/config_nodes.h"
#include "core/experiment/files.h"
#include "core/io/sha256.h"
#include "core/base/version.h"

namespace miafr {
namespace {

using nlohmann::ordered_json;

// Settings of a training config that change what is kept and shown, not the model.
const Words kHousekeeping = {
    "data.num_workers", "train.seed",          "train.cache_latents",         "train.checkpoint_every",
    "train.keep_last",  "train.preview_every", "train.max_previews",          "train.gradient_norms_every",
    "train.judge",      "train.save_format",   "train.gradient_checkpointing"};

// Sections that change no training: previews, pictures and how they are judged.
const Words kOfPictures = {"sampler", "prompts", "generate", "evaluate"};
// Of `generate`, what tells which pictures are wanted, and how many are computed at a time.
const Words kWhichPictures = {"generate.images", "generate.rounds", "generate.seed", "generate.batch_size"};

void flatten(const Node& node, const std::string& path, Inputs& into) {
  if (node.kind == Node::Kind::kScalar) into[path] = node.text;
  std::size_t index = 0;
  for (const Node& child : node.children) {
    const std::string key = node.is_map() ? child.key : std::to_string(index++);
    flatten(child, path.empty() ? key : path + "." + key, into);
  }
}

Inputs flattened(const RunConfig& config) {
  Inputs inputs;
  flatten(read_yaml_text(to_yaml(config), "config"), "", inputs);
  return inputs;
}

ordered_json json_of(const StageRecord& stage) {
  return {{"stage", stage.name},
          {"done", stage.done},
          {"seconds", stage.seconds},
          {"peak_memory_bytes", stage.peak_memory},
          {"inputs", stage.inputs}};
}

StageRecord stage_of(const std::string& name, const nlohmann::json& json) {
  StageRecord stage;
  stage.name = name;
  stage.done = json.at("done");
  stage.seconds = json.at("seconds");
  stage.peak_memory = json.at("peak_memory_bytes");
  stage.inputs = json.at("inputs").get<Inputs>();
  return stage;
}

// Before version 0.2 the two stages that there were stood by their names beside all else.
std::vector<StageRecord> stages_of(const nlohmann::json& json) {
  std::vector<StageRecord> stages;
  if (json.contains("stages"))
    for (const auto& stage : json.at("stages")) stages.push_back(stage_of(stage.at("stage"), stage));
  else
    for (const char* name : {"train", "generate"}) stages.push_back(stage_of(name, json.at(name)));
  return stages;
}

const char* state_of(const TrialRecord& record) {
  if (record.done()) return "done";
  if (!record.failure.empty()) return "broken";
  return record.stage("train").done ? "trained" : "begun";
}

}  // namespace

StageRecord TrialRecord::stage(const std::string& name) const {
  for (const StageRecord& one : stages)
    if (one.name == name) return one;
  StageRecord none;
  none.name = name;
  return none;
}

StageRecord& TrialRecord::stage(const std::string& name) {
  for (StageRecord& one : stages)
    if (one.name == name) return one;
  stages.emplace_back();
  stages.back().name = name;
  return stages.back();
}

bool TrialRecord::done() const {
  return !stages.empty() && std::all_of(stages.begin(), stages.end(), [](const auto& stage) { return stage.done; });
}

TrialRecord read_record(const std::filesystem::path& file) {
  const auto json = nlohmann::json::parse(std::ifstream(file), nullptr, /*allow_exceptions=*/false);
  try {
    TrialRecord record;
    record.stages = stages_of(json);
    record.steps = json.at("steps");
    record.model = json.at("model");
    record.model_sha256 = json.at("model_sha256");
    record.model_bytes = json.at("model_bytes");
    record.images = json.at("images");
    record.images_sha256 = json.at("images_sha256");
    record.failure = json.at("failure");
    record.log = json.at("log");
    return record;
  } catch (const nlohmann::json::exception&) {
    return {};
  }
}

void write_record(const std::filesystem::path& file, const TrialRecord& record,
                  const std::map<std::string, std::string>& names) {
  ordered_json json = {{"program", std::string("miafr ") + kVersion}};
  for (const auto& [name, value] : names) json[name] = value;
  json["state"] = state_of(record);
  json["stages"] = ordered_json::array();
  for (const StageRecord& stage : record.stages) json["stages"].push_back(json_of(stage));
  json["steps"] = record.steps;
  json["model"] = record.model;
  json["model_sha256"] = record.model_sha256;
  json["model_bytes"] = record.model_bytes;
  json["images"] = record.images;
  json["images_sha256"] = record.images_sha256;
  json["failure"] = record.failure;
  json["log"] = record.log;
  write_file(file, json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

std::string differences(const Inputs& then, const Inputs& now) {
  constexpr std::size_t kShown = 3, kLongest = 24;
  const auto value = [](const Inputs& inputs, const std::string& name) {
    const auto found = inputs.find(name);
    return found == inputs.end() ? std::string("nothing") : shown(found->second, kLongest);
  };
  std::vector<std::string> names;
  for (const auto& [name, text] : now) {
    const auto before = then.find(name);
    const bool is_of_loss = name.rfind("losses.", 0) == 0;
    if (before == then.end() ? is_of_loss : !same_value(before->second, text)) names.push_back(name);
  }
  for (const auto& [name, text] : then)
    if (!now.count(name)) names.push_back(name);
  std::string all;
  for (std::size_t i = 0; i < names.size() && i < kShown; ++i)
    all += (all.empty() ? "" : ", ") + names[i] + " was " + value(then, names[i]) + " and is " + value(now, names[i]);
  if (names.size() > kShown) all += ", and " + std::to_string(names.size() - kShown) + " more";
  return all;
}

std::string InputHashes::of(const std::filesystem::path& path) {
  if (path.empty()) return "";
  const auto [found, is_new] = hashes_.try_emplace(path);
  if (is_new) found->second = sha256_of(path);
  return found->second;
}

Inputs training_inputs(const Experiment& experiment, const Trial& trial, InputHashes& hashes) {
  const Subject& subject = experiment.subjects[trial.subject];
  Inputs inputs;
  for (const auto& [name, value] : flattened(training_config_of(experiment, trial))) {
    const std::string section = name.substr(0, name.find('.'));
    if (contains(kOfPictures, section)) continue;
    if (!contains(kHousekeeping, name)) inputs[name] = value;
  }
  inputs["checkpoint"] = hashes.of(experiment.checkpoint);
  inputs["photos"] = hashes.of(subject.photos);
  inputs["regularisation"] = hashes.of(experiment.regularisation);
  inputs["token"] = subject.token;
  inputs["class_word"] = subject.class_word;
  return inputs;
}

Inputs picture_inputs(const Experiment& experiment, const Trial& trial, InputHashes& hashes) {
  const Method& method = experiment.methods[trial.method];
  Inputs inputs;
  if (method.kind == Method::Kind::kEdited) {
    inputs["editor"] = method.editor;
    inputs["photos"] = hashes.of(experiment.subjects[trial.subject].photos);
    inputs["generate.seed"] = std::to_string(method.config.generate.seed);
    inputs["generate.images"] = std::to_string(method.config.generate.images);
    for (const Prompt& prompt : pictures_of(experiment, trial).prompts) inputs["prompts." + prompt.label] = prompt.text;
    return inputs;
  }
  const Words sections = method.trains() ? Words{"sampler", "generate"} : Words{"sampler", "generate", "model"};
  for (const auto& [name, value] : flattened(method.config))
    if (contains(sections, name.substr(0, name.find('.'))) && !contains(kWhichPictures, name)) inputs[name] = value;
  if (!method.trains()) inputs["checkpoint"] = hashes.of(experiment.checkpoint);
  return inputs;
}

}  // namespace miafr
