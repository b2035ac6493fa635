// The table of the single values at the top of an experiment's file.
#include "core/experiment/experiment_config.h"

namespace miafr {

template <>
const Section<ExperimentNames>& section<ExperimentNames>() {
  using C = ExperimentNames;
  static const auto& table = *new Section<C>{
      field("name", &C::name, "title of the report, and folder below experiments/; empty: the file's name"),
      field("checkpoint", &C::checkpoint, "Stable Diffusion v1 checkpoint that every training begins with"),
      field("config", &C::config,
            "training config that all methods share, ours or the published layout; empty: defaults"),
      field("regularisation", &C::regularisation, "photos of other people with captions; empty: none"),
      field("class_word", &C::class_word, "what a subject is, {class} in prompts"),
      field("spelling", &C::spelling, "of the attributes: glued, as in the published captions", "spaced|glued"),
      field("attribute_file", &C::attribute_file, "names and phrases of attributes; empty: the 26 that come along"),
      field("keep", &C::keep, "of a finished trial's training: the model, all of it, or neither", "model|all|none"),
  };
  return table;
}

}  // namespace miafr
