#include <sstream>

#include "core/experiment/files.h"
#include "core/report/text.h"
#include "demo/command/page.h"
#include "demo/command/program.h"

namespace miafr::demo {
namespace {

// Line by line, as escape_html makes line breaks visible.
std::string preformatted(const std::string& text) {
  std::string html = "<pre>";
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) html += escape_html(line) + "\n";
  return html + "</pre>\n";
}

// The folder as it was named on the command line.
std::string as_typed(const PageInputs& inputs, const std::vector<std::string>& command) {
  std::string text = Program::typed(command);
  const std::string whole = inputs.folder.out.string();
  for (std::size_t at = 0; (at = text.find(whole, at)) != std::string::npos; at += inputs.outdir.size())
    text.replace(at, whole.size(), inputs.outdir);
  return text + "\n";
}

constexpr const char* kRealExperiment = R"(checkpoint: v1-5-pruned.ckpt
subjects: photos                  # photos/anna/*.jpg, photos/bert/*.jpg: some twenty photos of each
regularisation: others            # other people: child_0001.jpg, elderly_0001.jpg ...
data: {size: 512}
train: {steps: 800, method: lora, learning_rate: 1.0e-4, preview_every: 0}
losses:
  plain: []
  contrastive: [{name: contrastive, weight: 0.1}]
  cosine: [{name: cosine, weight: 0.1}]
  biometric: [{name: biometric, weight: 0.1, params: {matcher: dlib_resnet}}]
ages: {child: [0, 12], teenager: [13, 19], youngadults: [20, 35], middleaged: [36, 50], elderly: [51, 65], old: [66, 120]}
generate: {images: 8}
evaluate: {matchers: ["adaface:weights=/models/adaface_ir101.ckpt"], references: real, impostors: strangers}
)";

constexpr const char* kRealCommands = R"(./miafr data check --data_root photos/anna --reg_data_root others
./miafr experiment mine.yaml --dry-run      # what it will do, and the disk that it takes
./miafr experiment mine.yaml                # goes on where it stopped, when it is called again
)";

}  // namespace

std::string what_was_done_section(const PageInputs& inputs) {
  std::string commands;
  for (const std::vector<std::string>& command : inputs.commands) commands += as_typed(inputs, command);
  return "<h2 id=\"done\">What was done</h2>\n<ol class=\"rules\"><li>People were drawn (seed " +
         std::to_string(inputs.seed) +
         "): photos to learn from, other photos of that age to compare with, how they look at every age, strangers for "
         "thresholds, and other people of every age as the regularisation set. What is true of each photo stands in "
         "faces/truth.csv. The base model, both matchers, the detector and the age estimator were trained on other "
         "people.</li><li>The rest was done by these commands, which are what anybody would type: the pictures before "
         "fine-tuning, then all trainings, pictures and the evaluation.</li></ol>\n" +
         preformatted(commands) +
         "<p>The experiment, all of it, is this file. Change it and the command does what is new:</p>\n" +
         preformatted(read_file(inputs.folder.experiment()));
}

std::string real_weights_section() {
  return "<h2 id=\"real\">The same with real faces</h2>\n<p>The commands are the same; only the file says other "
         "things. "
         "It needs v1-5-pruned.ckpt, your own photos, photos of other people, and a GPU to be done in hours. "
         "<em>mine.yaml</em>:</p>\n" +
         preformatted(kRealExperiment) + preformatted(kRealCommands) +
         "<p>configs/experiment.yaml shows every key. A single training, its pictures and their evaluation: miafr "
         "train, "
         "miafr generate and miafr evaluate, each with --help.</p>\n";
}

}  // namespace miafr::demo
