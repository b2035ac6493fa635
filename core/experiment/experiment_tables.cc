// The tables of an experiment's sections: names, ranges and what they mean.
#include "core/experiment/experiment_config.h"

namespace miafr {

template <>
const Section<ExperimentNames>& section<ExperimentNames>() {
  using C = ExperimentNames;
  static const auto& table = *new Section<C>{
      field("name", &C::name, "title of the report, and folder below experiments/; empty: the file's name"),
      field("checkpoint", &C::checkpoint, "Stable Diffusion v1 checkpoint that every training begins with"),
      field("config", &C::config,
            "training config that all losses share, ours or the published layout; empty: defaults"),
      field("regularisation", &C::regularisation, "photos of other people with captions; empty: none"),
      field("class_word", &C::class_word, "what a subject is, {class} in prompts"),
      field("spelling", &C::spelling, "of the attributes: glued, as in the published captions", "spaced|glued"),
      field("attribute_file", &C::attribute_file, "names and phrases of attributes; empty: the 26 that come along"),
      field("keep", &C::keep, "of a finished cell's training: the model, all of it, or neither", "model|all|none"),
  };
  return table;
}

template <>
const Section<PaintConfig>& section<PaintConfig>() {
  using C = PaintConfig;
  static const auto& table = *new Section<C>{
      field("images", &C::images, "pictures of each prompt", 1, 10000),
      field("seed", &C::seed, "of the first picture of each prompt; the next have the next", 0, kNoLimit),
      field("scale", &C::scale, "guidance scale", 0, 1000),
      field("width", &C::width, "pixels", 8, 4096),
      field("height", &C::height, "pixels", 8, 4096),
      field("batch_size", &C::batch_size, "pictures computed together; changes no picture", 1, 1024),
      field("negative_prompt", &C::negative_prompt, "what to stay away from"),
      field("dtype", &C::dtype, "of the weights", "float32|float16|bfloat16"),
  };
  return table;
}

template <>
const Section<JudgeConfig>& section<JudgeConfig>() {
  using C = JudgeConfig;
  static const auto& table = *new Section<C>{
      plugin_field("detector", &C::detector, "finds the faces", "face_detector"),
      plugin_field("age", &C::age, "estimates apparent ages; or none", "age_estimator"),
      field("references", &C::references, "real photos, a folder for each person; empty: the subjects' own"),
      field("impostors", &C::impostors, "further persons, a folder each, whose photos thresholds come from too"),
      field("round_trip", &C::round_trip, "also send the references through the checkpoint's autoencoder: the ceiling"),
      field("aligned", &C::aligned, "all pictures are aligned faces: nothing is detected"),
      field("allow_trained_judge", &C::allow_trained_judge, "let matchers that a loss trained against judge alone"),
      field("baseline", &C::baseline, "loss that the others are compared with; empty: the first"),
      field("groups", &C::groups, "CSV subject,group: error rates of groups of persons"),
      field("min_quality", &C::min_quality, "least quality of a picture: face_measures.sharpness=30"),
      field("bootstrap", &C::bootstrap, "replicates of the intervals over persons; 0: Wilson's only", 0, 1000000),
  };
  return table;
}

}  // namespace miafr
