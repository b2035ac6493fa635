#include "demo/command/judged.h"

#include <cmath>
#include <functional>
#include <optional>

#include "core/config/scalar.h"
#include "core/io/csv.h"
#include "core/runtime/errors.h"

namespace miafr::demo {
namespace {

namespace fs = std::filesystem;

// A row of a table whose first one names the columns.
class Row {
 public:
  Row(const std::map<std::string, std::size_t>& columns, const std::vector<std::string_view>& fields,
      const fs::path& file)
      : columns_(columns), fields_(fields), file_(file) {}

  std::string text(const std::string& column) const {
    const auto found = columns_.find(column);
    if (found == columns_.end()) throw Error(file_.string() + ": has no column " + column);
    return found->second < fields_.size() ? std::string(csv_unescaped(fields_[found->second])) : "";
  }
  std::optional<double> number(const std::string& column) const { return parse_real(text(column)); }

 private:
  const std::map<std::string, std::size_t>& columns_;
  const std::vector<std::string_view>& fields_;
  const fs::path& file_;
};

std::map<std::string, std::size_t> for_each_row(const fs::path& file, const std::function<void(const Row&)>& take) {
  std::map<std::string, std::size_t> columns;
  read_csv(file, [&](std::int64_t, const std::vector<std::string_view>& fields) {
    if (!columns.empty()) return take(Row(columns, fields, file));
    for (std::size_t i = 0; i < fields.size(); ++i) columns.emplace(std::string(fields[i]), i);
  });
  return columns;
}

struct Judge {
  std::string matcher;
  double threshold = std::nan("");  // of a similarity
};

Judge read_judge(const fs::path& evaluation, double target) {
  Judge judge;
  for_each_row(evaluation / "operating_points.csv", [&](const Row& row) {
    if (!std::isnan(judge.threshold) || row.number("target_fmr") != target) return;
    judge = {row.text("matcher"), row.number("threshold").value_or(std::nan(""))};
  });
  if (std::isnan(judge.threshold))
    throw Error((evaluation / "operating_points.csv").string() + ": has no threshold for FMR " + format_number(target));
  return judge;
}

}  // namespace

void Verdict::add(const Verdict& other) {
  accepted += other.accepted;
  comparisons += other.comparisons;
  failed += other.failed;
  score += other.score;
  age += other.age;
  ages += other.ages;
}

Verdicts read_verdicts(const fs::path& evaluation, double target) {
  Verdicts verdicts;
  const Judge judge = read_judge(evaluation, target);
  for_each_row(evaluation / "scores.csv", [&](const Row& row) {
    if (row.text("label") != "genuine" || row.text("method").empty()) return;
    Verdict& verdict = verdicts[row.text("probe")];
    const auto score = row.number("score");
    if (!score) {
      ++verdict.failed;
      return;
    }
    ++verdict.comparisons;
    verdict.score += *score;
    verdict.accepted += *score >= judge.threshold ? 1 : 0;
  });
  for_each_row(evaluation / "images.csv", [&](const Row& row) {
    const auto age = row.number("apparent_age");
    if (!age) return;
    Verdict& verdict = verdicts[row.text("file")];
    verdict.age += *age;
    ++verdict.ages;
  });
  return verdicts;
}

Metrics read_metrics(const CellFolder& cell) {
  Metrics metrics;
  std::error_code none;
  fs::path file;
  for (const fs::directory_entry& entry : fs::directory_iterator(cell.runs(), none))
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
