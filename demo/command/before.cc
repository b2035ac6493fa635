#include "demo/command/before.h"

#include "core/experiment/files.h"
#include "core/experiment/generate_call.h"
#include "core/runtime/log.h"

namespace miafr::demo {
namespace {

namespace fs = std::filesystem;

// "photo of a {token} {class} as elderly" -> "photo of a person as elderly"
WantedPictures pictures_of_anybody(const Experiment& experiment) {
  WantedPictures wanted{experiment.prompts, experiment.paint.seed, experiment.paint.images};
  for (Prompt& prompt : wanted.prompts) {
    fill_place(prompt.text, "{token} ", "");
    fill_place(prompt.text, "{class}", experiment.subjects[0].class_word);
  }
  return wanted;
}

std::vector<std::string> paint_command(const DemoFolder& folder, const Experiment& experiment,
                                       const WantedPictures& wanted) {
  std::vector<std::string> command = {"generate",
                                      "--ckpt",
                                      experiment.checkpoint.string(),
                                      "--config",
                                      folder.base_config().string(),
                                      "--outdir",
                                      folder.base().string()};
  const std::vector<std::string> options = generate_options(experiment.paint, wanted);
  command.insert(command.end(), options.begin(), options.end());
  return command;
}

void write_config(const DemoFolder& folder, const Experiment& experiment, const std::vector<Prompt>& prompts) {
  write_file(folder.base_config(), generate_config(experiment.losses[0].config, prompts));
}

}  // namespace

std::vector<std::string> paint_before(const DemoFolder& folder, const Experiment& experiment, const Program& program) {
  const WantedPictures wanted = pictures_of_anybody(experiment);
  const std::vector<WantedPictures> all_missing = missing_pictures(folder.base(), wanted);
  if (!all_missing.empty()) log_info("painting with the base model, as it is before fine-tuning");
  for (const WantedPictures& missing : all_missing) {
    write_config(folder, experiment, missing.prompts);
    program.run(paint_command(folder, experiment, missing));
  }
  for (const Subject& subject : experiment.subjects)
    for (const PaintedPicture& picture : painted_pictures(folder.base(), wanted)) {
      const fs::path to = folder.before() / subject.name / picture.label / fs::path(picture.file).filename();
      if (!fs::exists(to)) link_or_copy(folder.base() / picture.file, to);
    }
  write_config(folder, experiment, wanted.prompts);
  return paint_command(folder, experiment, wanted);
}

}  // namespace miafr::demo
