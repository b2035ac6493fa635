// What miafr evaluate is told.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "core/commands/options.h"
#include "core/config/run_config.h"
#include "core/evaluation/evaluate_images.h"
#include "core/evaluation/evaluation.h"

namespace miafr {

// Where scores come from: a file of an earlier run, or of another program.
struct ScoresFile {
  std::filesystem::path path;
  std::optional<ScoreKind> kind;           // of matchers that `kinds` does not name
  std::map<std::string, ScoreKind> kinds;  // by matcher
};

struct EvaluateOptions {
  EvaluateConfig config;             // the section `evaluate`, with the options in place
  std::optional<ScoresFile> scores;  // in place of images:
  ImageSources images;
  std::vector<SamplePair> pairs;  // in place of references and probes
  std::vector<InputFile> inputs;  // folders and lists by name

  // What is done with the scores, wherever they come from.
  EvaluationSettings settings;
  std::vector<std::string> trained_against;  // matchers that a loss used
  std::filesystem::path answers;             // on attributes; empty: none
  std::filesystem::path checkpoint;          // whose autoencoder the references go through; empty: none
  std::string checkpoint_sha256;             // by hash_checkpoint
  ModelConfig model;                         // of it
  std::filesystem::path out;
  bool overwrite = false;
};

void describe_evaluate_options(Options& options);

// Throws UsageError, and Error for folders and lists that cannot be used.
EvaluateOptions read_evaluate_options(const Options& options);

// What identifies the checkpoint, which takes a while: when everything else has been checked.
void hash_checkpoint(EvaluateOptions& wanted);

}  // namespace miafr
