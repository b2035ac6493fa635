#include "core/experiment/evaluation_run.h"

#include <algorithm>
#include <set>

#include "core/config/scalar.h"
#include "core/experiment/files.h"
#include "core/experiment/person_folders.h"
#include "core/image/find_images.h"
#include "core/io/csv.h"
#include "core/io/sha256.h"
#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/base/shown.h"
#include "core/base/version.h"

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

std::set<std::string> losses_of(const Experiment& experiment, const std::vector<Cell>& cells) {
  std::set<std::string> losses;
  for (const Cell& cell : cells) losses.insert(experiment.losses[cell.loss].name);
  return losses;
}

std::string rates_text(const std::vector<double>& rates) {
  std::string text;
  for (const double rate : rates) text += (text.empty() ? "" : ",") + format_number(rate);
  return text;
}

// What to say to miafr but for its global options and the device.
std::vector<std::string> evaluate_words(const Experiment& experiment, const std::vector<Cell>& finished,
                                        const fs::path& out, const Judges& judges) {
  const JudgeConfig& judge = experiment.judge;
  const fs::path judged = out / "judged";
  std::vector<std::string> all;
  const auto add = [&](const std::vector<std::string>& words) { all.insert(all.end(), words.begin(), words.end()); };
  add({"evaluate", "--references", (judged / "references").string(), "--training", (judged / "training").string(),
       "--out", (out / "evaluation").string(), "--overwrite", "--title=" + experiment.name, "--fmr",
       rates_text(judge.fmr), "--bootstrap", std::to_string(judge.bootstrap), "--detector", judge.detector, "--age",
       judge.age});
  const std::set<std::string> losses = losses_of(experiment, finished);
  for (const LossVariant& loss : experiment.losses)
    if (losses.count(loss.name)) add({"--methods", loss.name + "=" + (judged / loss.name).string()});
  for (const auto& [name, folder] : judge.methods) add({"--methods", name + "=" + folder.string()});
  for (const std::string& matcher : judge.matchers) add({"--matcher", matcher});
  for (const std::string& matcher : judges.trained) add({"--trained-against", matcher});
  if (judge.allow_trained_judge) add({"--allow-trained-judge"});
  if (judge.aligned) add({"--aligned"});
  if (judge.round_trip) add({"--ckpt", experiment.checkpoint.string()});
  const std::string baseline = judge.baseline.empty() ? experiment.losses[0].name : judge.baseline;
  const bool is_judged = losses.count(baseline) || baseline == "original";
  if (is_judged && judge.bootstrap > 0) add({"--baseline", baseline});  // which compares methods
  if (!judge.groups.empty()) add({"--groups", judge.groups});
  if (!judge.min_quality.empty()) add({"--min-quality", judge.min_quality});
  return all;
}

}  // namespace

std::string plugin_name(const std::string& choice) { return choice.substr(0, choice.find(':')); }

void gather_pictures(const Experiment& experiment, const std::vector<Cell>& finished, const fs::path& out) {
  const fs::path judged = out / "judged";
  fs::remove_all(judged);
  const JudgeConfig& judge = experiment.judge;
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
  for (const Cell& cell : finished) {
    const fs::path images = CellFolder(out, cell).images(), to = judged / cell.name;
    std::string manifest = "file,label\n";
    for (const PaintedPicture& picture : painted_pictures(images, pictures_of(experiment, cell))) {
      link_or_copy(images / picture.file, to / picture.file);
      manifest += csv_field(picture.file) + "," + csv_field(picture.label) + "\n";
    }
    write_file(to / "manifest.csv", manifest);
  }
}

StageCommand evaluate_command(const Experiment& experiment, const std::vector<Cell>& finished,
                              const StageSettings& settings, const Judges& judges) {
  const fs::path log = settings.out / "evaluate.log";
  StageCommand stage{"evaluate", settings.program, log, fs::exists(log) ? fs::file_size(log) : 0, -1};
  const std::vector<std::string> words = evaluate_words(experiment, finished, settings.out, judges);
  stage.command.insert(stage.command.end(), words.begin(), words.end());
  if (!settings.device.empty()) stage.command.insert(stage.command.end(), {"--device", settings.device});
  return stage;
}

std::string evaluation_inputs(const Experiment& experiment, const std::vector<Cell>& finished, const fs::path& out,
                              const Judges& judges, InputHashes& hashes) {
  const JudgeConfig& judge = experiment.judge;
  std::string text = std::string(kVersion) + "\n";
  // Without OUT, which may lie elsewhere.
  for (const std::string& word : evaluate_words(experiment, finished, "", judges)) text += word + "\n";
  for (const fs::path& file : judges.files) text += hashes.of(file) + "\n";
  if (judge.round_trip) text += hashes.of(experiment.checkpoint) + "\n";
  for (const std::string& path : {judge.references, judge.impostors, judge.groups}) text += hashes.of(path) + "\n";
  for (const auto& [name, folder] : judge.methods) text += name + " " + hashes.of(folder) + "\n";
  for (const Subject& subject : experiment.subjects)
    text += subject.name + " " + hashes.of(subject.photos) + " " + hashes.of(subject.references) + "\n";
  for (const Prompt& prompt : experiment.prompts) text += prompt.label + ": " + prompt.text + "\n";
  text += std::to_string(experiment.paint.seed) + " " + std::to_string(experiment.paint.images) + "\n";
  for (const Cell& cell : finished)
    text += cell.name + " " + read_record(CellFolder(out, cell).record()).images_sha256 + "\n";
  return sha256_of_bytes(text.data(), text.size());
}

}  // namespace miafr
