#include "core/experiment/evaluation_run.h"

#include <algorithm>
#include <set>

#include "core/config/scalar.h"
#include "core/experiment/files.h"
#include "core/image/find_images.h"
#include "core/io/csv.h"
#include "core/io/sha256.h"
#include "core/runtime/errors.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

void gather_images(const fs::path& from, const fs::path& to) {
  for (const fs::path& file : find_images(from, /*recursive=*/true).files)
    link_or_copy(file, to / file.lexically_relative(from));
}

void gather_persons(const fs::path& from, const fs::path& to) {
  for (const fs::directory_entry& entry : fs::directory_iterator(from))
    if (entry.is_directory() && entry.path().filename().string()[0] != '.')
      gather_images(entry.path(), to / entry.path().filename());
}

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

}  // namespace

std::string plugin_name(const std::string& choice) { return choice.substr(0, choice.find(':')); }

void gather_pictures(const Experiment& experiment, const std::vector<Cell>& finished, const fs::path& out) {
  const fs::path judged = out / "judged";
  fs::remove_all(judged);
  const JudgeConfig& judge = experiment.judge;
  if (!judge.impostors.empty()) gather_persons(judge.impostors, judged / "references");
  if (!judge.references.empty()) gather_persons(judge.references, judged / "references");
  for (const Subject& subject : experiment.subjects) {
    const fs::path references = judged / "references" / subject.name;
    if (!subject.references.empty()) {
      fs::remove_all(references);
      gather_images(subject.references, references);
    } else if (judge.references.empty()) {
      gather_images(subject.photos, references);
    }
    gather_images(subject.photos, judged / "training" / subject.name);
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
                              const StageSettings& settings, const Matchers& trained) {
  const JudgeConfig& judge = experiment.judge;
  const fs::path judged = settings.out / "judged", log = settings.out / "evaluate.log";
  StageCommand stage{"evaluate", settings.program, log, fs::exists(log) ? fs::file_size(log) : 0, -1};
  const auto add = [&](const std::vector<std::string>& words) {
    stage.command.insert(stage.command.end(), words.begin(), words.end());
  };
  add({"evaluate", "--references", (judged / "references").string(), "--training", (judged / "training").string(),
       "--out", (settings.out / "evaluation").string(), "--overwrite", "--title=" + experiment.name, "--fmr",
       rates_text(judge.fmr), "--bootstrap", std::to_string(judge.bootstrap), "--detector", judge.detector, "--age",
       judge.age});
  const std::set<std::string> losses = losses_of(experiment, finished);
  for (const LossVariant& loss : experiment.losses)
    if (losses.count(loss.name)) add({"--methods", loss.name + "=" + (judged / loss.name).string()});
  for (const auto& [name, folder] : judge.methods) add({"--methods", name + "=" + folder.string()});
  for (const std::string& matcher : judge.matchers) add({"--matcher", matcher});
  for (const std::string& matcher : trained) add({"--trained-against", matcher});
  if (judge.allow_trained_judge) add({"--allow-trained-judge"});
  if (judge.aligned) add({"--aligned"});
  if (judge.round_trip) add({"--ckpt", experiment.checkpoint.string()});
  const std::string baseline = judge.baseline.empty() ? experiment.losses[0].name : judge.baseline;
  if (losses.count(baseline) || baseline == "original") add({"--baseline", baseline});
  if (!judge.groups.empty()) add({"--groups", judge.groups});
  if (!judge.min_quality.empty()) add({"--min-quality", judge.min_quality});
  if (!settings.device.empty()) add({"--device", settings.device});
  return stage;
}

std::string evaluation_inputs(const Experiment& experiment, const std::vector<Cell>& finished,
                              const StageSettings& settings, InputHashes& hashes) {
  const JudgeConfig& judge = experiment.judge;
  std::string text = judge.detector + " " + judge.age + " " + rates_text(judge.fmr) + " " + judge.baseline + " " +
                     judge.min_quality + " " + std::to_string(judge.bootstrap) + (judge.aligned ? " aligned" : "") +
                     (judge.round_trip ? " " + hashes.of(experiment.checkpoint) : "") + "\n";
  for (const std::string& matcher : judge.matchers) text += matcher + "\n";
  for (const std::string& path : {judge.references, judge.impostors, judge.groups}) text += hashes.of(path) + "\n";
  for (const auto& [name, folder] : judge.methods) text += name + " " + hashes.of(folder) + "\n";
  for (const Subject& subject : experiment.subjects)
    text += subject.name + " " + hashes.of(subject.photos) + " " + hashes.of(subject.references) + "\n";
  for (const Prompt& prompt : experiment.prompts) text += prompt.label + ": " + prompt.text + "\n";
  text += std::to_string(experiment.paint.seed) + " " + std::to_string(experiment.paint.images) + "\n";
  for (const Cell& cell : finished)
    text += cell.name + " " + read_record(CellFolder(settings.out, cell).record()).images_sha256 + "\n";
  return sha256_of_bytes(text.data(), text.size());
}

}  // namespace miafr
