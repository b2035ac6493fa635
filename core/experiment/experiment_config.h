// An experiment's file: subjects x methods x seeds, what pictures are wanted, and how they are judged.
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
#include "core/experiment/method.h"

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

template <>
const Section<ExperimentNames>& section<ExperimentNames>();

struct Experiment {
  std::string name;
  std::filesystem::path checkpoint;
  std::filesystem::path regularisation;  // empty: none
  std::vector<Subject> subjects;
  std::vector<Method> methods;             // the first is what the others are compared with, if nothing else is said
  std::vector<std::int64_t> seeds = {23};  // of training
  std::vector<Prompt> prompts;             // with ages and attributes in place; {token} and {class} are open
  std::vector<AgeWord> ages;
  std::vector<std::string> attributes;  // by name
  EvaluateConfig evaluate;              // its paths are whole
  std::vector<double> fmr = {0.1, 0.01, 0.001};
  std::string keep;                // "model", "all" or "none" of a finished trial's training
  std::vector<std::string> slurm;  // options of #SBATCH lines: "--gres=gpu:1"

  std::vector<std::string> trained_methods() const;  // names
};

// file: the experiment. Paths in it are meant from its folder, those of `changes` (key=value of the command line) from
// the working folder. attributes: configs/attributes.yaml where the experiment names no file of its own. Throws
// ConfigError, UsageError and Error for the first mistake found; folders and files that it names must exist.
Experiment read_experiment(const std::filesystem::path& file, const std::vector<Override>& changes,
                           const std::filesystem::path& attributes);

}  // namespace miafr
