#include "core/experiment/cell_record.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/config/scalar.h"
#include "core/config/to_yaml.h"
#include "core/config/yaml_reader.h"
#include "core/experiment/files.h"
#include "core/io/sha256.h"
#include "core/base/version.h"

namespace miafr {
namespace {

using nlohmann::ordered_json;

// Settings of a training config that change what is kept and shown, not the model.
const std::vector<std::string> kHousekeeping = {
    "data.num_workers", "train.seed",          "train.cache_latents",         "train.checkpoint_every",
    "train.keep_last",  "train.preview_every", "train.max_previews",          "train.gradient_norms_every",
    "train.judge",      "train.save_format",   "train.gradient_checkpointing"};

void flatten(const Node& node, const std::string& path, Inputs& into) {
  if (node.kind == Node::Kind::kScalar) into[path] = node.text;
  std::size_t index = 0;
  for (const Node& child : node.children) {
    const std::string key = node.is_map() ? child.key : std::to_string(index++);
    flatten(child, path.empty() ? key : path + "." + key, into);
  }
}

ordered_json json_of(const StageRecord& stage) {
  return {{"done", stage.done},
          {"seconds", stage.seconds},
          {"peak_memory_bytes", stage.peak_memory},
          {"inputs", stage.inputs}};
}

StageRecord stage_of(const nlohmann::json& json) {
  StageRecord stage;
  stage.done = json.at("done");
  stage.seconds = json.at("seconds");
  stage.peak_memory = json.at("peak_memory_bytes");
  stage.inputs = json.at("inputs").get<Inputs>();
  return stage;
}

}  // namespace

CellRecord read_record(const std::filesystem::path& file) {
  const auto json = nlohmann::json::parse(std::ifstream(file), nullptr, /*allow_exceptions=*/false);
  try {
    CellRecord record;
    record.train = stage_of(json.at("train"));
    record.generate = stage_of(json.at("generate"));
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

void write_record(const std::filesystem::path& file, const CellRecord& record,
                  const std::map<std::string, std::string>& names) {
  ordered_json json = {{"program", std::string("miafr ") + kVersion}};
  for (const auto& [name, value] : names) json[name] = value;
  json["state"] = record.done() ? "done" : !record.failure.empty() ? "broken" : record.train.done ? "trained" : "begun";
  json["train"] = json_of(record.train);
  json["generate"] = json_of(record.generate);
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

Inputs training_inputs(const Experiment& experiment, const Cell& cell, InputHashes& hashes) {
  const Subject& subject = experiment.subjects[cell.subject];
  const RunConfig config = training_config_of(experiment, cell);
  Inputs all, inputs;
  flatten(read_yaml_text(to_yaml(config), "config"), "", all);
  for (const auto& [name, value] : all) {
    const std::string section = name.substr(0, name.find('.'));
    if (section == "sampler" || section == "prompts") continue;  // of the previews
    if (std::find(kHousekeeping.begin(), kHousekeeping.end(), name) == kHousekeeping.end()) inputs[name] = value;
  }
  inputs["checkpoint"] = hashes.of(experiment.checkpoint);
  inputs["photos"] = hashes.of(subject.photos);
  inputs["regularisation"] = hashes.of(experiment.regularisation);
  inputs["token"] = subject.token;
  inputs["class_word"] = subject.class_word;
  return inputs;
}

Inputs painting_inputs(const Experiment& experiment, const Cell& cell) {
  const PaintConfig& paint = experiment.paint;
  const SamplerConfig& sampler = experiment.losses[cell.loss].config.sampler;
  Inputs inputs = {{"generate.scale", format_number(paint.scale)},
                   {"generate.width", std::to_string(paint.width)},
                   {"generate.height", std::to_string(paint.height)},
                   {"generate.negative_prompt", paint.negative_prompt},
                   {"generate.dtype", paint.dtype},
                   {"sampler.name", sampler.name},
                   {"sampler.steps", std::to_string(sampler.steps)}};
  for (const RawParam& param : sampler.params) inputs["sampler.params." + param.key] = param.text;
  return inputs;
}

}  // namespace miafr
