// Where an evaluation goes: results.json, tables, scores, embeddings, plots, report.html.
#pragma once

#include <filesystem>
#include <vector>

#include "core/metrics/score_table.h"
#include "core/report/evaluation.h"

namespace miafr {

class EvaluationFolder {
 public:
  // Makes the folder. Throws Error where it cannot be written to, or holds files and may not be overwritten.
  EvaluationFolder(const std::filesystem::path& folder, bool overwrite);

  // scores-MATCHER.csv, or scores.csv where there is one matcher; returns its name.
  std::string add_scores(const std::string& matcher, bool only_one, const ScoreTable& table) const;

  void add_text(const std::string& name, const std::string& text) const;

  // results.json, the CSV and LaTeX tables.
  void add_tables(const Evaluation& evaluation) const;

  const std::filesystem::path& path() const { return folder_; }

 private:
  const std::filesystem::path folder_;
};

}  // namespace miafr
