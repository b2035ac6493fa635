// miafr evaluate: how well faces are recognised after editing.
#include <algorithm>
#include <iostream>

#include "core/commands/evaluate_options.h"
#include "core/io/sha256.h"
#include "core/report/evaluate_scores.h"
#include "core/report/text.h"
#include "core/report/write_report.h"
#include "core/runtime/errors.h"
#include "core/runtime/interrupt.h"
#include "core/runtime/log.h"
#include "core/runtime/shown.h"

namespace miafr {
namespace {

// Scores, and what is known about where they come from.
struct ScoreSource {
  std::vector<MatcherScores> scores;
  std::vector<MatcherFacts> facts;
  std::vector<InputFile> inputs;
};

void check_named(const std::vector<MatcherScores>& scores, const std::string& option, const std::string& matcher) {
  const auto is_named = [&](const MatcherScores& one) { return one.matcher == matcher; };
  if (std::none_of(scores.begin(), scores.end(), is_named))
    throw UsageError(option + ": no matcher is named " + miafr::quoted(matcher) + " in the scores");
}

ScoreSource read_scores(const ScoresFile& file) {
  const auto kind_of = [&file](const std::string& matcher) {
    const auto named = file.kinds.find(matcher);
    if (named != file.kinds.end()) return named->second;
    if (!file.kind)
      throw Error("matcher: nothing says whether the scores of " + miafr::quoted(matcher) +
                  " are similarities or distances; give --score-kind " + shown(matcher) + "=similarity, or distance");
    return *file.kind;
  };
  MatcherScoresCsv csv = read_matcher_scores_csv(file.path, kind_of);
  for (const std::string& column : csv.ignored_columns)
    log_warning(file.path.filename().string() + ": column " + miafr::quoted(column) + " is not known and ignored");
  ScoreSource source;
  source.scores = std::move(csv.matchers);
  for (const auto& [matcher, kind] : file.kinds) check_named(source.scores, "--score-kind", matcher);
  for (const std::string& matcher : file.trained_against) check_named(source.scores, "--trained-against", matcher);
  for (const MatcherScores& one : source.scores) {
    MatcherFacts facts;
    facts.name = one.matcher;
    facts.trained_against = std::count(file.trained_against.begin(), file.trained_against.end(), one.matcher) > 0;
    source.facts.push_back(facts);
  }
  source.inputs.push_back({file.path.filename().string(), sha256_of(file.path)});
  return source;
}

// How many columns a text takes on a terminal: letters of UTF-8, not bytes.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

using Table = std::vector<std::vector<std::string>>;

// Columns from `first_number` on stand to the right.
void print_table(const Table& table, std::size_t first_number) {
  std::vector<std::size_t> widths(table[0].size(), 0);
  for (const auto& row : table)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  for (const auto& row : table) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string blanks(widths[i] - width(row[i]), ' ');
      line += (i > 0 ? "  " : "") + (i < first_number ? row[i] + blanks : blanks + row[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    std::cout << line << "\n";
  }
}

// A row for each matcher and method; groups are in the report.
void print_summary(const Evaluation& evaluation) {
  Table table = {{"matcher", "method", "genuine", "failed", "impostor", "EER %"}};
  for (const double target : evaluation.settings.fmr_targets)
    table[0].push_back("FNMR % at FMR " + target_percent(target) + " %");
  for (const MatcherResult& matcher : evaluation.matchers)
    for (const MethodResult& method : matcher.methods) {
      const CellResult& all = method.cells[0];
      table.push_back({shown(matcher_text(matcher.facts), 24), shown(method_text(method.method), 24),
                       with_commas(all.genuine), with_commas(all.failed_genuine), with_commas(all.impostor),
                       all.eer ? percent(all.eer->value) : "n/a"});
      for (std::size_t i = 0; i < evaluation.settings.fmr_targets.size(); ++i) {
        if (all.points.empty()) {
          table.back().push_back("not computable: no impostor");
          continue;
        }
        const Rate& fnmr = all.points[i].point.fnmr;
        table.back().push_back(fnmr.trials == 0 ? "not computable: no genuine"
                                                : percent(fnmr.value()) + " [" +
                                                      percent_range(best_interval(fnmr, all.points[i].fnmr_interval)) +
                                                      "]" + (all.points[i].threshold.resolvable ? "" : " unresolved"));
      }
    }
  print_table(table, 2);
}

}  // namespace

int run_evaluate(const GlobalOptions&, const Arguments& arguments) {
  const std::optional<EvaluateOptions> wanted = read_evaluate_options(arguments);
  if (!wanted) return 0;
  check_report_folder(wanted->out, wanted->overwrite);
  ScoreSource source = read_scores(wanted->scores);
  throw_if_interrupted();
  Evaluation evaluation = [&] {
    try {
      return evaluate_scores(std::move(source.scores), source.facts, wanted->settings);
    } catch (const Error& error) {
      throw Error(wanted->scores.path.string() + ": " + error.what());
    }
  }();
  evaluation.inputs = source.inputs;
  for (const std::string& warning : evaluation.warnings) log_warning(warning);
  write_report(evaluation, wanted->out, wanted->overwrite);
  print_summary(evaluation);
  log_info("report: " + (wanted->out / "report.html").string());
  return 0;
}

}  // namespace miafr
