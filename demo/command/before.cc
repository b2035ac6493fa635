#include "demo/command/before.h"

#include "core/config/scalar.h"
#include "core/config/to_yaml.h"
#include "core/experiment/files.h"
#include "core/experiment/pictures.h"
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
  const PaintConfig& with = experiment.paint;
  return {"generate",
          "--ckpt",
          experiment.checkpoint.string(),
          "--config",
          folder.base_config().string(),
          "--outdir",
          folder.base().string(),
          "--seed",
          std::to_string(wanted.seed),
          "--n_samples",
          std::to_string(wanted.count),
          "--batch_size",
          std::to_string(with.batch_size),
          "--scale",
          format_number(with.scale),
          "--H",
          std::to_string(with.height),
          "--W",
          std::to_string(with.width)};
}

void write_config(const DemoFolder& folder, const Experiment& experiment, const std::vector<Prompt>& prompts) {
  RunConfig config;
  config.model = experiment.losses[0].config.model;
  config.sampler = experiment.losses[0].config.sampler;
  for (const Prompt& prompt : prompts) config.prompts.push_back({prompt.text, prompt.label});
  write_file(folder.base_config(), to_yaml(config));
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
