#include "core/commands/command.h"

namespace miafr {

// Each in a source of its own.
int run_plugins_list(const GlobalOptions& globals, const Arguments& arguments);
int run_plugins_describe(const GlobalOptions& globals, const Arguments& arguments);
int run_plugins_check(const GlobalOptions& globals, const Arguments& arguments);
int run_plugins_new(const GlobalOptions& globals, const Arguments& arguments);
int run_plugins_flags(const GlobalOptions& globals, const Arguments& arguments);
int run_config_check(const GlobalOptions& globals, const Arguments& arguments);
int run_data_check(const GlobalOptions& globals, const Arguments& arguments);
int run_detect(const GlobalOptions& globals, const Arguments& arguments);
int run_compare(const GlobalOptions& globals, const Arguments& arguments);
int run_embed(const GlobalOptions& globals, const Arguments& arguments);
int run_evaluate(const GlobalOptions& globals, const Arguments& arguments);
int run_train(const GlobalOptions& globals, const Arguments& arguments);
int run_generate(const GlobalOptions& globals, const Arguments& arguments);
int run_edit(const GlobalOptions& globals, const Arguments& arguments);
int run_fit(const GlobalOptions& globals, const Arguments& arguments);
int run_experiment(const GlobalOptions& globals, const Arguments& arguments);
int run_inspect(const GlobalOptions& globals, const Arguments& arguments);
int run_convert(const GlobalOptions& globals, const Arguments& arguments);
int run_doctor(const GlobalOptions& globals, const Arguments& arguments);
int run_completion(const GlobalOptions& globals, const Arguments& arguments);

const std::vector<Command>& commands() {
  static const auto& all = *new std::vector<Command>{
      {"train", "fine-tune a Stable Diffusion on one person's photos", run_train},
      {"generate", "pictures from prompts, by a Stable Diffusion v1 checkpoint", run_generate},
      {"edit", "photos at other ages and with other attributes, by an editor plugin", run_edit},
      {"fit", "train an editor plugin on labelled photos", run_fit},
      {"evaluate", "error rates of face matchers on real and edited images", run_evaluate},
      {"experiment", "subjects x losses x seeds from one file: trained, painted, judged", run_experiment},
      {"detect", "the faces of images: boxes, points, apparent age, quality", run_detect},
      {"compare", "are two photos of one person? score and verdict", run_compare},
      {"embed", "faces as vectors, for .npy, .safetensors or .csv", run_embed},
      {"plugins list", "every plugin found, by kind, with its state", run_plugins_list},
      {"plugins describe", "a plugin's parameters, needs, licence and build", run_plugins_describe},
      {"plugins check", "test a plugin against the contract of its kind", run_plugins_check},
      {"plugins new", "write the source of a new plugin that compiles", run_plugins_new},
      {"plugins flags", "compiler flags to build a plugin without the source tree", run_plugins_flags},
      {"config check", "read a config, say what it means and what is wrong", run_config_check},
      {"data check", "photos and captions of a training run: what is there, what is wrong", run_data_check},
      {"inspect", "what a checkpoint holds", run_inspect},
      {"convert", "a checkpoint in another format, layout or precision", run_convert},
      {"doctor", "what this machine and this installation can do", run_doctor},
      {"completion bash", "completion for the shell, to be sourced", run_completion},
  };
  return all;
}

}  // namespace miafr
