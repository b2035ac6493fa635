#include "demo/command/before.h"

#include "core/config/scalar.h"
#include "core/config/to_yaml.h"
#include "core/experiment/files.h"
#include "core/experiment/pictures.h"

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

void paint(const DemoFolder& folder, const Experiment& experiment, const WantedPictures& missing,
           const Program& program) {
  RunConfig config;
  config.model = experiment.losses[0].config.model;
  config.sampler = experiment.losses[0].config.sampler;
  for (const Prompt& prompt : missing.prompts) config.prompts.push_back({prompt.text, prompt.label});
  const fs::path file = folder.out / "base.yaml";
  write_file(file, to_yaml(config));
  const PaintConfig& with = experiment.paint;
  program.run({"generate", "--ckpt", experiment.checkpoint.string(), "--config", file.string(), "--outdir",
               folder.base().string(), "--seed", std::to_string(missing.seed), "--n_samples",
               std::to_string(missing.count), "--batch_size", std::to_string(with.batch_size), "--scale",
               format_number(with.scale), "--H", std::to_string(with.height), "--W", std::to_string(with.width)});
}

}  // namespace

void paint_before(const DemoFolder& folder, const Experiment& experiment, const Program& program) {
  const WantedPictures wanted = pictures_of_anybody(experiment);
  for (const WantedPictures& missing : missing_pictures(folder.base(), wanted))
    paint(folder, experiment, missing, program);
  for (const Subject& subject : experiment.subjects)
    for (const PaintedPicture& picture : painted_pictures(folder.base(), wanted)) {
      const fs::path to = folder.before() / subject.name / picture.label / fs::path(picture.file).filename();
      if (!fs::exists(to)) link_or_copy(folder.base() / picture.file, to);
    }
}

}  // namespace miafr::demo
