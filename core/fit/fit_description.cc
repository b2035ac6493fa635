#include "core/fit/fit_description.h"

#include <torch/version.h>

#include <nlohmann/json.hpp>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/base/version.h"
#include "core/config/scalar.h"
#include "core/io/sha256.h"
#include "core/io/whole_file.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

std::string whole_path(const fs::path& path) {
  return path.empty() ? "" : fs::absolute(path).lexically_normal().string();
}

ordered_json json_of(const RawParams& params) {
  ordered_json json = ordered_json::array();
  for (const RawParam& param : params) json.push_back({param.key, param.text});
  return json;
}

RawParams params_of(const ordered_json& json, const std::string& origin) {
  RawParams params;
  for (const auto& pair : json)
    params.push_back({pair.at(0).get<std::string>(), pair.at(1).get<std::string>(), origin});
  return params;
}

ordered_json settings_json(const FitSettings& settings) {
  ordered_json json = ordered_json::array();
  const Params values = fit_section().values(settings);
  for (const ParamSpec& spec : fit_section().table()) {
    const Params::Value& value = values.values().at(spec.name);
    std::string text;
    if (const auto* flag = std::get_if<bool>(&value)) text = *flag ? "true" : "false";
    if (const auto* integer = std::get_if<std::int64_t>(&value)) text = std::to_string(*integer);
    if (const auto* real = std::get_if<double>(&value)) text = format_number(*real);
    json.push_back({spec.name, text});
  }
  return json;
}

ordered_json read_json(const fs::path& run_folder) {
  const fs::path file = run_folder / "run.json";
  const std::string text = read_file(file);
  if (text.empty())
    throw Error(file.string() + ": cannot be read; is " + run_folder.string() + " the folder of a run?");
  return ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
}

}  // namespace

std::string describe_fit(const FitOptions& options, const ChosenPlugin<Editor>& editor, const PhotoInputs& inputs) {
  const PhotoSources& places = options.sources.places;
  ordered_json photos = ordered_json::array();
  for (const PhotoInputs::Entry& entry : inputs.entries())
    photos.push_back({{"file", entry.photo.name}, {"sha256", entry.sha256}});
  const ordered_json json = {{"program", std::string("miafr ") + kVersion},
                             {"libtorch", TORCH_VERSION},
                             {"device", options.run.device.str()},
                             {"editor",
                              {{"name", editor.identity.name},
                               {"version", editor.identity.version},
                               {"licence", editor.identity.licence},
                               {"params", json_of(options.editor.params)},
                               {"weights", editor.identity.weights},
                               {"weights_sha256", editor.identity.weights_sha256}}},
                             {"data", whole_path(options.data)},
                             {"labels", whole_path(options.labels)},
                             {"labels_sha256", sha256_of(options.labels)},
                             {"detector", options.sources.detector.name},
                             {"detector_params", json_of(options.sources.detector.params)},
                             {"aligned", places.aligned},
                             {"masks", whole_path(places.masks)},
                             {"depths", whole_path(places.depths)},
                             {"references", whole_path(places.references)},
                             {"settings", settings_json(options.settings)},
                             {"photos", photos}};
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

void read_fit_description(const fs::path& run_folder, const RawParams& changes, FitOptions& options) {
  const fs::path file = run_folder / "run.json";
  const ordered_json json = read_json(run_folder);
  try {
    const auto text = [&](const char* key) { return json.at(key).get<std::string>(); };
    options.editor = {json.at("editor").at("name").get<std::string>(),
                      params_of(json.at("editor").at("params"), file.string())};
    options.data = text("data");
    options.labels = text("labels");
    options.sources.detector = {text("detector"), params_of(json.at("detector_params"), file.string())};
    options.sources.places.aligned = json.at("aligned").get<bool>();
    options.sources.places.masks = text("masks");
    options.sources.places.depths = text("depths");
    options.sources.places.references = text("references");
    RawParams settings = params_of(json.at("settings"), file.string());
    settings.insert(settings.end(), changes.begin(), changes.end());
    options.settings = read_fit_settings(settings);
  } catch (const nlohmann::json::exception&) {
    throw Error(file.string() + ": is not as miafr fit writes it");
  }
}

void warn_of_other_photos(const fs::path& run_folder, const std::string& now) {
  const ordered_json then = read_json(run_folder), json = ordered_json::parse(now);
  if (!then.is_object() || (then.value("labels_sha256", "") == json["labels_sha256"] &&
                            then.value("photos", ordered_json()) == json["photos"]))
    return;
  log_warning(run_folder.string() + ": goes on with other photos or labels than it was begun with");
}

std::map<std::string, std::string> fit_settings_that_must_match(const FitOptions& options,
                                                                const PluginIdentity& editor) {
  std::map<std::string, std::string> settings = {{"editor", editor.name},
                                                 {"batch_size", std::to_string(options.settings.batch_size)},
                                                 {"seed", std::to_string(options.settings.seed)},
                                                 {"max_grad_norm", format_number(options.settings.max_grad_norm)}};
  for (const auto& [name, value] : editor.params) settings["editor." + name] = value;
  return settings;
}

}  // namespace miafr
