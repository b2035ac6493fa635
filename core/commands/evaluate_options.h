// The options of miafr evaluate.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/commands/options.h"
#include "core/pipeline/evaluate_images.h"

namespace miafr {

struct ScoresFile {
  std::string matcher;
  std::filesystem::path file;
};

struct EvaluateWanted {
  std::vector<ScoresFile> scores;  // what is there already; else images:
  ScoreKind score_kind = ScoreKind::kSimilarity;
  ImageSources sources;
  std::vector<SamplePair> pairs;  // in place of references and probes
  std::string description;        // of the sources, for the report

  EvaluateOptions options;
  std::vector<std::string> trained_against;
  bool allow_trained_only = false;
  std::filesystem::path answers;  // of a VQA or classifier on attributes
  std::filesystem::path out;
  bool overwrite = false;
  std::string title;
};

void describe_evaluate_options(Options& options);

// Throws UsageError, and Error for folders and files that cannot be used.
EvaluateWanted read_evaluate_options(const Options& options);

}  // namespace miafr
