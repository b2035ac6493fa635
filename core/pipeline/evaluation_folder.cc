#include "core/pipeline/evaluation_folder.h"

#include "core/io/atomic_file.h"
#include "core/metrics/scores_csv.h"
#include "core/report/results_json.h"
#include "core/report/tables.h"
#include "core/runtime/errors.h"

namespace miafr {
namespace fs = std::filesystem;

EvaluationFolder::EvaluationFolder(const fs::path& folder, bool overwrite) : folder_(folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Error(folder.string() + ": " + error.message());
  if (!fs::is_empty(folder) && !overwrite)
    throw Error(folder.string() + ": it holds files already; name another --out, or give --overwrite to replace them");
  // Found out now, not after minutes of work.
  AtomicFile probe(folder / "results.json", 1);
}

std::string EvaluationFolder::add_scores(const std::string& matcher, bool only_one, const ScoreTable& table) const {
  const std::string name = only_one ? "scores.csv" : "scores-" + matcher + ".csv";
  write_scores_csv(folder_ / name, table);
  return name;
}

void EvaluationFolder::add_text(const std::string& name, const std::string& text) const {
  AtomicFile file(folder_ / name, text.size());
  file.write(text);
  file.commit();
}

void EvaluationFolder::add_tables(const Evaluation& evaluation) const {
  add_text("summary.csv", summary_csv(evaluation));
  add_text("operating_points.csv", operating_points_csv(evaluation));
  add_text("det.csv", det_csv(evaluation));
  add_text("failures.csv", failures_csv(evaluation));
  add_text("table.tex", table_tex(evaluation));
  add_text("results.json", results_json(evaluation));
}

}  // namespace miafr
