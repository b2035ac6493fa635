// An experiment's file: subjects x losses x seeds, what is painted of each, and how it is judged.
// configs/experiment.yaml shows every key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/config/overrides.h"
#include "core/config/prompt_templates.h"
#include "core/config/run_config.h"

namespace miafr {

struct Subject {
  std::string name;
  std::filesystem::path photos;  // a folder that exists
  std::string token;             // no two subjects have the same
  std::string class_word;
  std::filesystem::path references;  // photos to compare with, where those are not the training photos; else empty
  std::string origin;
  bool names_token = false;  // the token is the file's, not one that was given out
};

// What a model is trained with: one row of the comparison.
struct LossVariant {
  std::string name;
  RunConfig config;  // complete, but for the seed and the subject
};

struct AgeWord {
  std::string word;
  std::optional<std::pair<double, double>> years;  // from, to
};

// The single values at the top of the file.
struct ExperimentNames {
  std::string name;
  std::string checkpoint;
  std::string config;
  std::string regularisation;
  std::string class_word = "person";
  std::string spelling = "spaced";
  std::string attribute_file;
  std::string keep = "model";
};

struct PaintConfig {  // `generate:`
  std::int64_t images = 4;
  std::int64_t seed = 42;
  double scale = 7.5;
  std::int64_t width = 512, height = 512;
  std::int64_t batch_size = 1;
  std::string negative_prompt;
  std::string dtype = "float32";
};

struct JudgeConfig {  // `evaluate:`
  std::string detector = "mtcnn";
  std::string age = "dlib_age";
  std::string references, impostors;
  bool round_trip = false;
  bool aligned = false;
  bool allow_trained_judge = false;
  std::string baseline;
  std::string groups;
  std::string min_quality;
  std::int64_t bootstrap = 1000;
  // Lists of the same section.
  std::vector<std::string> matchers = {"dlib_resnet"};
  std::vector<double> fmr = {0.1, 0.01, 0.001};
  // Pictures that something else made, to be judged beside: a name, and a folder PERSON/LABEL.
  std::vector<std::pair<std::string, std::filesystem::path>> methods;
};

template <>
const Section<ExperimentNames>& section<ExperimentNames>();
template <>
const Section<PaintConfig>& section<PaintConfig>();
template <>
const Section<JudgeConfig>& section<JudgeConfig>();

struct Experiment {
  std::string name;
  std::filesystem::path checkpoint;
  std::filesystem::path regularisation;  // empty: none
  std::vector<Subject> subjects;
  std::vector<LossVariant> losses;
  std::vector<std::int64_t> seeds = {23};
  std::vector<Prompt> prompts;  // with ages and attributes in place; {token} and {class} are open
  std::vector<AgeWord> ages;
  PaintConfig paint;
  JudgeConfig judge;
  std::string keep;                // "model", "all" or "none" of a finished cell's training
  std::vector<std::string> slurm;  // options of #SBATCH lines: "--gres=gpu:1"
};

// file: the experiment. Paths in it are meant from its folder, those of `changes` (key=value of the command line) from
// the working folder. attributes: configs/attributes.yaml where the experiment names no file of its own. Throws
// ConfigError, UsageError and Error for the first mistake found; folders and files that it names must exist.
Experiment read_experiment(const std::filesystem::path& file, const std::vector<Override>& changes,
                           const std::filesystem::path& attributes);

}  // namespace miafr
