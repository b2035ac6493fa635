#include "demo/command/judged.h"

#include <cmath>

#include "core/base/errors.h"
#include "core/config/scalar.h"
#include "core/io/csv_table.h"

namespace miafr::demo {
namespace {

namespace fs = std::filesystem;

struct Judge {
  std::string matcher;
  double threshold = std::nan("");  // of a similarity
};

Judge read_judge(const fs::path& evaluation, double target) {
  Judge judge;
  const auto take = [&](const CsvRecord& row) {
    if (!std::isnan(judge.threshold) || parse_real(row["target_fmr"]) != target) return;
    judge = {row["matcher"], parse_real(row["threshold"]).value_or(std::nan(""))};
  };
  read_csv_table(evaluation / "operating_points.csv", {"matcher", "target_fmr", "threshold"}, {}, take);
  if (std::isnan(judge.threshold))
    throw Error((evaluation / "operating_points.csv").string() + ": has no threshold for FMR " + format_number(target));
  return judge;
}

}  // namespace

void Verdict::add(const Verdict& other) {
  accepted += other.accepted;
  comparisons += other.comparisons;
  failed += other.failed;
  age += other.age;
  ages += other.ages;
}

Verdicts read_verdicts(const fs::path& evaluation, double target) {
  Verdicts verdicts;
  const Judge judge = read_judge(evaluation, target);
  const auto take_score = [&](const CsvRecord& row) {
    if (row["label"] != "genuine" || row["method"].empty() || row["matcher"] != judge.matcher) return;
    Verdict& verdict = verdicts[row["probe"]];
    const auto score = parse_real(row["score"]);
    if (!score) {
      ++verdict.failed;
      return;
    }
    ++verdict.comparisons;
    verdict.accepted += *score >= judge.threshold ? 1 : 0;
  };
  read_csv_table(evaluation / "scores.csv", {"probe", "label", "method", "matcher", "score"}, {}, take_score);
  const auto take_age = [&](const CsvRecord& row) {
    const auto age = parse_real(row["apparent_age"]);
    if (!age || row["role"] != "probe") return;
    Verdict& verdict = verdicts[row["file"]];
    verdict.age += *age;
    ++verdict.ages;
  };
  read_csv_table(evaluation / "images.csv", {"file", "role", "apparent_age"}, {}, take_age);
  return verdicts;
}

std::map<std::string, Change> read_changes(const fs::path& evaluation, double target) {
  std::map<std::string, Change> changes;
  std::string matcher;
  const auto take = [&](const CsvRecord& row) {
    if (matcher.empty()) matcher = row["matcher"];
    if (row["matcher"] != matcher || row["group"] != "all" || row["metric"] != "fnmr") return;
    if (parse_real(row["target_fmr"]) != target) return;
    const auto number = [&](const char* column) { return parse_real(row[column]).value_or(std::nan("")); };
    changes[row["method"]] = {number("difference"), number("difference_low"), number("difference_high")};
  };
  read_csv_table(
      evaluation / "changes.csv",
      {"matcher", "method", "group", "target_fmr", "metric", "difference", "difference_low", "difference_high"}, {},
      take);
  return changes;
}

Metrics read_metrics(const TrialFolder& trial) {
  Metrics metrics;
  std::error_code none;
  fs::path file;
  for (const fs::directory_entry& entry : fs::directory_iterator(trial.runs(), none))
    if (fs::exists(entry.path() / "metrics.csv")) file = entry.path() / "metrics.csv";
  if (file.empty()) return metrics;
  std::vector<std::string> names;
  read_csv(file, [&](std::int64_t, const std::vector<std::string_view>& fields) {
    if (names.empty()) {
      names.assign(fields.begin(), fields.end());
      return;
    }
    for (std::size_t i = 0; i < names.size() && i < fields.size(); ++i)
      metrics[names[i]].push_back(parse_real(std::string(fields[i])).value_or(std::nan("")));
  });
  return metrics;
}

}  // namespace miafr::demo
