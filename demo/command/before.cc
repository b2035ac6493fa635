#include "demo/command/before.h"

#include "core/base/log.h"
#include "core/experiment/files.h"
#include "core/experiment/generate_call.h"
#include "core/io/sha256.h"

namespace miafr::demo {
namespace {

namespace fs = std::filesystem;

// "photo of a {token} {class} as elderly" -> "photo of a person as elderly"
WantedPictures pictures_of_anybody(const Experiment& experiment) {
  const GenerateConfig& generate = experiment.methods[0].config.generate;
  WantedPictures wanted{experiment.prompts, generate.seed, generate.images};
  for (Prompt& prompt : wanted.prompts) {
    fill_place(prompt.text, "{token} ", "");
    fill_place(prompt.text, "{class}", experiment.subjects[0].class_word);
  }
  return wanted;
}

std::string config_of(const Experiment& experiment, const WantedPictures& wanted) {
  return generate_config(experiment.methods[0].config, wanted);
}

// Pictures of other settings lie in another folder.
fs::path pictures_folder(const DemoFolder& folder, const Experiment& experiment, const WantedPictures& wanted) {
  const std::string settings = config_of(experiment, wanted);
  return folder.base() / sha256_of_bytes(settings.data(), settings.size()).substr(0, 8);
}

std::vector<std::string> paint_command(const DemoFolder& folder, const fs::path& to, const Experiment& experiment) {
  return {"generate", "--ckpt",   experiment.checkpoint.string(), "--config", folder.base_config().string(),
          "--out",    to.string()};
}

// Every subject's folder anew: what other settings left there is not judged.
void give_to_subjects(const DemoFolder& folder, const fs::path& from, const Experiment& experiment,
                      const WantedPictures& wanted) {
  fs::remove_all(folder.before());
  for (const Subject& subject : experiment.subjects)
    for (const PaintedPicture& picture : painted_pictures(from, wanted))
      link_or_copy(from / picture.file,
                   folder.before() / subject.name / picture.label / fs::path(picture.file).filename());
}

}  // namespace

std::vector<std::string> paint_before(const DemoFolder& folder, const Experiment& experiment, const Program& program) {
  const WantedPictures wanted = pictures_of_anybody(experiment);
  const fs::path to = pictures_folder(folder, experiment, wanted);
  const std::vector<WantedPictures> all_missing = missing_pictures(to, wanted);
  if (!all_missing.empty()) log_info("painting with the base model, as it is before fine-tuning");
  for (const WantedPictures& missing : all_missing) {
    write_file(folder.base_config(), config_of(experiment, missing));
    program.run(paint_command(folder, to, experiment));
  }
  write_file(folder.base_config(), config_of(experiment, wanted));
  give_to_subjects(folder, to, experiment, wanted);
  return paint_command(folder, to, experiment);
}

}  // namespace miafr::demo
