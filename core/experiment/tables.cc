#include "core/experiment/tables.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "core/base/errors.h"
#include "core/base/memory.h"
#include "core/base/progress.h"
#include "core/config/scalar.h"
#include "core/io/csv.h"
#include "core/io/csv_table.h"
#include "core/report/text.h"

namespace miafr {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

double number(const json& value) { return value.is_number() ? value.get<double>() : kNotKnown; }

// ---- what evaluate wrote

RateAtTarget rate_of(const std::string& target, const json& point) {
  RateAtTarget rate;
  rate.target = parse_real(target).value_or(kNotKnown);
  rate.fnmr = number(point.at("fnmr"));
  rate.errors = point.at("fnmr_errors");
  rate.trials = point.at("fnmr_trials");
  rate.resolvable = point.at("resolvable");
  std::optional<BootstrapInterval> persons;
  if (const json& range = point.at("fnmr_bootstrap95"); range.is_array())
    persons = BootstrapInterval{{number(range.at(0)), number(range.at(1))}};
  const Rate counts{rate.errors, rate.trials};
  if (rate.trials > 0) {
    const Interval interval = best_interval(counts, persons);
    rate.low = interval.low;
    rate.high = interval.high;
  }
  return rate;
}

IdentityRow row_of(const json& matcher, const std::string& method, const json& group) {
  IdentityRow row;
  row.matcher = matcher.at("matcher").is_string() ? matcher.at("matcher") : "matcher";
  row.trained_against = matcher.at("trained_against");
  row.method = method;
  row.label = group.at("group");
  row.subjects = group.at("subjects").is_number() ? group.at("subjects").get<std::int64_t>() : 0;
  row.genuine = group.at("genuine");
  row.failed = group.at("genuine_failed");
  if (group.at("genuine_scores").is_object()) row.mean_score = number(group.at("genuine_scores").at("mean"));
  for (const auto& [target, point] : group.at("operating_points").items()) row.rates.push_back(rate_of(target, point));
  std::sort(row.rates.begin(), row.rates.end(), [](const auto& a, const auto& b) { return a.target > b.target; });
  return row;
}

// Apparent ages of the pictures of each method and label.
using Ages = std::map<std::pair<std::string, std::string>, std::vector<double>>;

Ages read_ages(const fs::path& csv) {
  Ages ages;
  read_csv_table(csv, {"role", "method", "label", "apparent_age"}, {}, [&](const CsvRecord& row) {
    const auto age = parse_real(row["apparent_age"]);
    if (!age || !std::isfinite(*age) || row["role"] != "probe") return;
    ages[{row["method"], row["label"]}].push_back(*age);
    if (!row["label"].empty()) ages[{row["method"], "all"}].push_back(*age);
  });
  return ages;
}

void add_ages(const Experiment& experiment, const Ages& ages, IdentityRow& row) {
  const auto found = ages.find({row.method, row.label});
  if (found == ages.end()) return;
  double sum = 0;
  for (const double age : found->second) sum += age;
  row.apparent_age = sum / static_cast<double>(found->second.size());
  for (const AgeWord& word : experiment.ages) {
    if (!word.years || word.word != row.label) continue;
    row.with_age = static_cast<std::int64_t>(found->second.size());
    row.in_range = std::count_if(found->second.begin(), found->second.end(),
                                 [&](double age) { return age >= word.years->first && age <= word.years->second; });
  }
}

// ---- texts

std::string or_empty(double value) { return std::isnan(value) ? "" : format_number(value); }

std::string line_of(const std::vector<std::string>& fields) {
  std::string line;
  for (const std::string& field : fields) line += (line.empty() ? "" : ",") + field;
  return line + "\n";
}

std::string rate_text(const RateAtTarget& rate) {
  if (std::isnan(rate.fnmr)) return "n/a";
  return percent(rate.fnmr) + (std::isnan(rate.low) ? "" : " [" + percent_range({rate.low, rate.high}) + "]") +
         (rate.resolvable ? "" : " *");
}

std::string seconds_text(double seconds) {
  return std::isnan(seconds) ? "n/a" : seconds < 60 ? significant(seconds, 3) + " s" : duration_text(seconds);
}

std::string bytes_text(double bytes) { return std::isnan(bytes) ? "n/a" : memory_text(bytes); }

bool any_age(const std::vector<IdentityRow>& rows) {
  return std::any_of(rows.begin(), rows.end(), [](const IdentityRow& row) { return !std::isnan(row.apparent_age); });
}

bool any_range(const std::vector<IdentityRow>& rows) {
  return std::any_of(rows.begin(), rows.end(), [](const IdentityRow& row) { return row.with_age > 0; });
}

std::vector<double> targets_of(const std::vector<IdentityRow>& rows) {
  std::vector<double> targets;
  for (const IdentityRow& row : rows)
    if (row.rates.size() > targets.size()) {
      targets.clear();
      for (const RateAtTarget& rate : row.rates) targets.push_back(rate.target);
    }
  return targets;
}

}  // namespace

std::vector<IdentityRow> identity_rows(const Experiment& experiment, const fs::path& evaluation) {
  const fs::path file = evaluation / "results.json";
  const auto results = json::parse(std::ifstream(file), nullptr, /*allow_exceptions=*/false);
  try {
    const Ages ages = read_ages(evaluation / "images.csv");
    std::vector<IdentityRow> rows;
    for (const json& matcher : results.at("matchers"))
      for (const json& method : matcher.at("methods"))
        for (const json& group : method.at("groups")) {
          if (!group.at("reference_seen").is_null()) continue;
          rows.push_back(row_of(matcher, method.at("method"), group));
          add_ages(experiment, ages, rows.back());
        }
    return rows;
  } catch (const json::exception&) {
    throw Error(file.string() + ": is not as miafr evaluate writes it");
  }
}

std::vector<CostRow> cost_rows(const Experiment& experiment, const std::vector<Trial>& trials,
                               const std::vector<TrialStatus>& statuses) {
  std::vector<CostRow> rows;
  for (std::size_t method = 0; method < experiment.methods.size(); ++method) {
    const std::vector<std::string> stages = experiment.methods[method].stages();
    if (stages.empty()) continue;  // somebody else's pictures
    CostRow row;
    row.method = experiment.methods[method].name;
    double train = 0, steps = 0, generate = 0, images = 0, memory = 0, model = 0;
    for (std::size_t i = 0; i < trials.size(); ++i) {
      if (trials[i].method != method) continue;
      ++row.trials;
      if (statuses[i].state != TrialState::kDone) continue;
      ++row.done;
      const TrialRecord& record = statuses[i].record;
      train += record.stage("train").seconds;
      steps += static_cast<double>(record.steps);
      generate += record.stage(stages.back()).seconds;
      images += static_cast<double>(record.images);
      model += static_cast<double>(record.model_bytes);
      memory = std::max(memory, static_cast<double>(record.stage(stages.front()).peak_memory));
    }
    const auto done = static_cast<double>(row.done);
    if (row.done > 0) {
      if (steps > 0) {
        row.train_seconds = train / done;
        row.step_seconds = train / steps;
      }
      row.picture_seconds = generate / images;
      row.peak_memory = memory;
      if (model > 0) row.model_bytes = model / done;
    }
    rows.push_back(row);
  }
  return rows;
}

std::string identity_csv(const std::vector<IdentityRow>& rows) {
  std::string text =
      "matcher,trained_against,method,label,subjects,genuine,failed,target_fmr,resolvable,fnmr,fnmr_low,fnmr_high,"
      "fnmr_errors,fnmr_trials,mean_score,apparent_age,in_age_range,of_pictures\n";
  for (const IdentityRow& row : rows) {
    std::vector<RateAtTarget> rates = row.rates;
    if (rates.empty()) rates.push_back({kNotKnown});  // no impostor, no threshold
    for (const RateAtTarget& rate : rates)
      text += line_of({csv_field(row.matcher), row.trained_against ? "yes" : "no", csv_field(row.method),
                       csv_field(row.label), std::to_string(row.subjects), std::to_string(row.genuine),
                       std::to_string(row.failed), or_empty(rate.target), rate.resolvable ? "yes" : "no",
                       or_empty(rate.fnmr), or_empty(rate.low), or_empty(rate.high), std::to_string(rate.errors),
                       std::to_string(rate.trials), or_empty(row.mean_score), or_empty(row.apparent_age),
                       row.with_age > 0 ? std::to_string(row.in_range) : "",
                       row.with_age > 0 ? std::to_string(row.with_age) : ""});
  }
  return text;
}

std::string cost_csv(const std::vector<CostRow>& rows) {
  std::string text =
      "method,trials_done,trials,train_seconds,seconds_per_step,seconds_per_picture,peak_memory_bytes,model_bytes\n";
  for (const CostRow& row : rows)
    text += line_of({csv_field(row.method), std::to_string(row.done), std::to_string(row.trials),
                     or_empty(row.train_seconds), or_empty(row.step_seconds), or_empty(row.picture_seconds),
                     or_empty(row.peak_memory), or_empty(row.model_bytes)});
  return text;
}

ShownTable identity_table(const std::vector<IdentityRow>& rows) {
  const bool ages = any_age(rows), ranges = any_range(rows);
  const std::vector<double> targets = targets_of(rows);
  ShownTable table;
  table.title = "Identity";
  table.note =
      "FNMR in percent at thresholds from real pictures, with 95 % intervals; failed: genuine comparisons without a "
      "face. * the FMR is not resolvable with so few impostors.";
  table.columns = {"matcher", "method", "label", "persons", "genuine", "failed"};
  table.first_number = 3;
  for (const double target : targets) table.columns.push_back("FNMR % at FMR " + target_percent(target) + " %");
  table.columns.push_back("mean score");
  if (ages) table.columns.push_back("apparent age");
  if (ranges) table.columns.push_back("of the age");
  for (const IdentityRow& row : rows) {
    std::vector<std::string> cells = {row.matcher + (row.trained_against ? " (trained against)" : ""),
                                      row.method,
                                      row.label,
                                      std::to_string(row.subjects),
                                      with_commas(row.genuine),
                                      with_commas(row.failed)};
    for (std::size_t i = 0; i < targets.size(); ++i)
      cells.push_back(i < row.rates.size() ? rate_text(row.rates[i]) : "n/a");
    cells.push_back(significant(row.mean_score, 4));
    if (ages) cells.push_back(significant(row.apparent_age, 3));
    if (ranges)
      cells.push_back(row.with_age > 0 ? std::to_string(row.in_range) + "/" + std::to_string(row.with_age) : "");
    table.rows.push_back(cells);
  }
  return table;
}

ShownTable cost_table(const std::vector<CostRow>& rows) {
  ShownTable table;
  table.title = "Cost";
  table.note =
      "Means of finished trials, loading included; memory: the most that the first stage of one had on the CPU.";
  table.columns = {"method", "trials", "training", "a step", "a picture", "memory", "model"};
  for (const CostRow& row : rows)
    table.rows.push_back({row.method, std::to_string(row.done) + "/" + std::to_string(row.trials),
                          seconds_text(row.train_seconds), seconds_text(row.step_seconds),
                          seconds_text(row.picture_seconds), bytes_text(row.peak_memory), bytes_text(row.model_bytes)});
  return table;
}

std::string to_tex(const ShownTable& table) {
  std::string tex = "% Needs \\usepackage{booktabs}. " + table.note + "\n\\begin{tabular}{" +
                    std::string(table.first_number, 'l') + std::string(table.columns.size() - table.first_number, 'r') +
                    "}\n\\toprule\n";
  const auto row = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) tex += (i > 0 ? " & " : "") + escape_tex(cells[i]);
    tex += " \\\\\n";
  };
  row(table.columns);
  tex += "\\midrule\n";
  for (const auto& cells : table.rows) row(cells);
  return tex + "\\bottomrule\n\\end{tabular}\n";
}

}  // namespace miafr
