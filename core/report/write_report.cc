#include "core/report/write_report.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/io/abandoned.h"
#include "core/io/whole_file.h"
#include "core/report/csv_tables.h"
#include "core/report/plots.h"
#include "core/report/report_html.h"
#include "core/report/results_json.h"
#include "core/report/table_tex.h"
#include "core/report/text.h"
#include "core/base/errors.h"
#include "core/base/interrupt.h"
#include "core/base/log.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

constexpr const char* kResults = "results.json";
constexpr const char* kOurs[] = {kResults,         "scores.csv",   "summary.csv", "operating_points.csv", "det.csv",
                                 "changes.csv",    "failures.csv", "table.tex",   "report.html",          "plots",
                                 "embeddings.csv", "images.csv",   "cmc.csv",     "demographics.csv"};

fs::path parent_of(const fs::path& folder) {
  const fs::path whole = fs::absolute(folder).lexically_normal();
  return (whole.has_filename() ? whole : whole.parent_path()).parent_path();
}

[[noreturn]] void fail(const fs::path& path, const std::string& reason) {
  throw Error(path.string() + ": cannot be written: " + reason + "; give another --out");
}

// A new folder beside `folder`, removed unless it took its place.
class StagedFolder {
 public:
  explicit StagedFolder(const fs::path& folder) : folder_(folder) {
    std::error_code error;
    fs::create_directories(parent_of(folder), error);
    constexpr const char* kStart = ".miafr-evaluation-";
    remove_abandoned(parent_of(folder), kStart);
    std::string name = (parent_of(folder) / (std::string(kStart) + "XXXXXX")).string();
    if (error) fail(folder, error.message());
    if (!::mkdtemp(name.data())) fail(folder, std::strerror(errno));
    path_ = name;
    in_use_ = InUse(path_);
    fs::permissions(path_,
                    fs::perms::group_read | fs::perms::group_exec | fs::perms::others_read | fs::perms::others_exec,
                    fs::perm_options::add);
  }
  ~StagedFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  StagedFolder(const StagedFolder&) = delete;
  StagedFolder& operator=(const StagedFolder&) = delete;

  const fs::path& path() const { return path_; }

  void commit() {
    std::error_code error;
    fs::create_directories(folder_, error);
    for (const char* name : kOurs)
      if (!error) fs::remove_all(folder_ / name, error);
    for (const char* name : kOurs)
      if (!error && fs::exists(path_ / name)) fs::rename(path_ / name, folder_ / name, error);
    if (error) fail(folder_, error.message());
  }

 private:
  const fs::path folder_;
  fs::path path_;
  InUse in_use_;
};

std::vector<Plot> make_plots(const Evaluation& evaluation, const fs::path& folder) {
  fs::create_directory(folder);
  std::vector<Plot> plots = draw_plots(evaluation, folder);
  if (plots.empty()) {
    log_warning("gnuplot is not installed, so there are no plots; apt-get install gnuplot-nox, and evaluate again");
    fs::remove(folder);
  }
  return plots;
}

}  // namespace

void check_report_folder(const fs::path& folder, bool overwrite) {
  std::error_code error;
  if (fs::exists(folder, error) && !fs::is_directory(folder, error)) fail(folder, "it is a file");
  if (fs::is_directory(folder, error) && !fs::is_empty(folder, error)) {
    const bool evaluated = fs::exists(folder / kResults, error);
    if (!evaluated) throw Error(folder.string() + ": has other files in it; give another --out");
    if (!overwrite)
      throw Error(folder.string() + ": has an evaluation in it already; give another --out, or --overwrite");
  }
  StagedFolder probe(folder);  // permissions alone do not tell of a read-only file system
}

void write_report(const Evaluation& evaluation, const fs::path& folder, bool overwrite) {
  check_report_folder(folder, overwrite);
  StagedFolder staged(folder);
  const fs::path& to = staged.path();
  const std::vector<Plot> plots = make_plots(evaluation, to / "plots");
  std::vector<const MatcherScores*> scores;
  for (const MatcherScores& one : evaluation.scores) scores.push_back(&one);
  write_matcher_scores_csv(to / "scores.csv", scores);
  throw_if_interrupted();
  write_file(to / kResults, results_json(evaluation));
  write_file(to / "summary.csv", summary_csv(evaluation));
  write_file(to / "operating_points.csv", operating_points_csv(evaluation));
  write_file(to / "det.csv", det_csv(evaluation));
  write_file(to / "changes.csv", changes_csv(evaluation));
  write_file(to / "failures.csv", failures_csv(evaluation));
  write_file(to / "table.tex", table_tex(evaluation));
  write_file(to / "report.html", report_html(evaluation, plots));
  if (has_identification(evaluation)) write_file(to / "cmc.csv", cmc_csv(evaluation));
  if (!evaluation.settings.demographics.empty()) write_file(to / "demographics.csv", demographics_csv(evaluation));
  if (!evaluation.images.empty()) write_file(to / "images.csv", images_csv(evaluation));
  if (!evaluation.maps.empty()) write_file(to / "embeddings.csv", embeddings_csv(evaluation));
  throw_if_interrupted();
  staged.commit();
}

}  // namespace miafr
