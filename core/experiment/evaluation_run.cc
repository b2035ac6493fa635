#include "core/experiment/evaluation_run.h"

#include <algorithm>
#include <set>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/base/shown.h"
#include "core/base/version.h"
#include "core/config/scalar.h"
#include "core/config/to_yaml.h"
#include "core/experiment/files.h"
#include "core/experiment/person_folders.h"
#include "core/image/find_images.h"
#include "core/io/csv.h"
#include "core/io/sha256.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

// Photos on their way into OUT/judged.
class Gathering {
 public:
  // Those below one folder. Throws Error where some are refused and no other is left.
  void photos(const fs::path& from, const fs::path& to) {
    const FoundImages found = find_images(from, /*recursive=*/true);
    if (warned_.insert(from).second)
      for (const RefusedPath& refused : found.refused)
        log_warning(shown(refused.path.string(), 300) + ": " + refused.reason + "; left out");
    if (found.files.empty() && !found.refused.empty())
      throw Error(shown(from.string(), 300) + ": none of its photos can be used; the first, " +
                  shown(found.refused[0].path.filename().string()) + ", is refused as " + found.refused[0].reason);
    for (const fs::path& file : found.files) link_or_copy(file, to / file.lexically_relative(from));
  }

  void persons(const fs::path& from, const fs::path& to) {
    for (const fs::path& person : person_folders(from)) photos(person, to / person.filename());
  }

 private:
  std::set<fs::path> warned_;  // a person's photos may be both references and training photos
};

std::set<std::string> methods_of(const Experiment& experiment, const std::vector<Trial>& trials) {
  std::set<std::string> names;
  for (const Trial& trial : trials) names.insert(experiment.methods[trial.method].name);
  for (const Method& method : experiment.methods)
    if (method.kind == Method::Kind::kFolder) names.insert(method.name);
  return names;
}

// The config that `miafr evaluate` gets: the experiment's `evaluate`, with what follows from its other sections.
RunConfig evaluate_config(const Experiment& experiment, const std::vector<Trial>& finished, const fs::path& out) {
  RunConfig config;
  config.model = experiment.methods[0].config.model;
  config.evaluate = experiment.evaluate;
  config.evaluate.references = (out / "judged" / "references").string();
  config.evaluate.impostors.clear();  // are among the references
  if (config.evaluate.title.empty()) config.evaluate.title = experiment.name;
  std::string& baseline = config.evaluate.baseline;
  if (baseline.empty()) baseline = experiment.methods[0].name;
  const bool is_judged = methods_of(experiment, finished).count(baseline) || baseline == "original";
  if (!is_judged || config.evaluate.bootstrap == 0) baseline.clear();  // methods are compared by the bootstrap
  return config;
}

// What to say to miafr beside that, but for its global options and the device.
std::vector<std::string> evaluate_words(const Experiment& experiment, const std::vector<Trial>& finished,
                                        const fs::path& out, const Judges& judges) {
  const fs::path judged = out / "judged";
  std::vector<std::string> all;
  const auto add = [&](const std::vector<std::string>& words) { all.insert(all.end(), words.begin(), words.end()); };
  add({"evaluate", "--config", (out / "evaluate.yaml").string(), "--training", (judged / "training").string(), "--out",
       (out / "evaluation").string(), "--overwrite"});
  const std::set<std::string> names = methods_of(experiment, finished);
  for (const Method& method : experiment.methods) {
    if (!names.count(method.name)) continue;
    const fs::path folder = method.kind == Method::Kind::kFolder ? method.folder : judged / method.name;
    add({"--methods", method.name + "=" + folder.string()});
  }
  for (const std::string& matcher : judges.trained) add({"--trained-against", matcher});
  if (experiment.evaluate.round_trip) add({"--ckpt", experiment.checkpoint.string()});
  return all;
}

}  // namespace

void gather_pictures(const Experiment& experiment, const std::vector<Trial>& finished, const fs::path& out) {
  const fs::path judged = out / "judged";
  fs::remove_all(judged);
  const EvaluateConfig& judge = experiment.evaluate;
  Gathering gathering;
  if (!judge.impostors.empty()) gathering.persons(judge.impostors, judged / "references");
  if (!judge.references.empty()) gathering.persons(judge.references, judged / "references");
  for (const Subject& subject : experiment.subjects) {
    const fs::path references = judged / "references" / subject.name;
    if (!subject.references.empty()) {
      fs::remove_all(references);
      gathering.photos(subject.references, references);
    } else if (judge.references.empty()) {
      gathering.photos(subject.photos, references);
    }
    gathering.photos(subject.photos, judged / "training" / subject.name);
    if (!fs::exists(references))
      throw Error(miafr::quoted(subject.name) + " has no photo to be compared with; put one into its folder of " +
                  (subject.references.empty() && judge.references.empty() ? "subjects" : "references"));
  }
  for (const Trial& trial : finished) {
    const fs::path images = TrialFolder(out, trial).images(), to = judged / trial.name;
    std::string manifest = "file,label\n";
    for (const PaintedPicture& picture : made_pictures(experiment, trial, images)) {
      link_or_copy(images / picture.file, to / picture.file);
      manifest += csv_field(picture.file) + "," + csv_field(picture.label) + "\n";
    }
    write_file(to / "manifest.csv", manifest);
  }
}

StageCommand evaluate_command(const Experiment& experiment, const std::vector<Trial>& finished,
                              const StageSettings& settings, const Judges& judges) {
  const fs::path log = settings.out / "evaluate.log";
  StageCommand stage{"evaluate", settings.program, log, fs::exists(log) ? fs::file_size(log) : 0, -1};
  write_file(settings.out / "evaluate.yaml", to_yaml(evaluate_config(experiment, finished, settings.out)));
  const std::vector<std::string> words = evaluate_words(experiment, finished, settings.out, judges);
  stage.command.insert(stage.command.end(), words.begin(), words.end());
  if (!settings.device.empty()) stage.command.insert(stage.command.end(), {"--device", settings.device});
  return stage;
}

std::string evaluation_inputs(const Experiment& experiment, const std::vector<Trial>& finished, const fs::path& out,
                              const Judges& judges, InputHashes& hashes) {
  const EvaluateConfig& judge = experiment.evaluate;
  std::string text = std::string(kVersion) + "\n";
  // Without OUT, which may lie elsewhere.
  text += to_yaml(evaluate_config(experiment, finished, ""));
  for (const std::string& word : evaluate_words(experiment, finished, "", judges)) text += word + "\n";
  for (const fs::path& file : judges.files) text += hashes.of(file) + "\n";
  if (judge.round_trip) text += hashes.of(experiment.checkpoint) + "\n";
  for (const std::string& path : {judge.references, judge.impostors, judge.groups}) text += hashes.of(path) + "\n";
  for (const Method& method : experiment.methods)
    text += method.name + " " + hashes.of(method.folder) + " " + std::to_string(method.config.generate.seed) + " " +
            std::to_string(method.config.generate.images) + "\n";
  for (const Subject& subject : experiment.subjects)
    text += subject.name + " " + hashes.of(subject.photos) + " " + hashes.of(subject.references) + "\n";
  for (const Prompt& prompt : experiment.prompts) text += prompt.label + ": " + prompt.text + "\n";
  for (const Trial& trial : finished)
    text += trial.name + " " + read_record(TrialFolder(out, trial).record()).images_sha256 + "\n";
  return sha256_of_bytes(text.data(), text.size());
}

}  // namespace miafr
