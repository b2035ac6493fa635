#include "core/report/table_tex.h"

#include "core/report/text.h"

namespace miafr {
namespace {

std::string range(const Interval& interval) { return percent(interval.low) + "--" + percent(interval.high); }

std::string rate_cells(const OperatingResult& at) {
  const Rate& fnmr = at.point.fnmr;
  if (fnmr.trials == 0) return " & n/a";
  return " & " + percent(fnmr.value()) + (fnmr.indicative() ? "$^\\dagger$" : "") + " {\\footnotesize [" +
         range(best_interval(fnmr, at.fnmr_interval)) + "]}" + (at.threshold.resolvable ? "" : "$^\\ddagger$");
}

void append_row(std::string& out, const MatcherResult& matcher, const MethodResult& method, const CellResult& cell,
                std::size_t targets) {
  out += escape_tex(matcher_text(matcher.facts)) + " & " + escape_tex(method_text(method.method)) + " & " +
         escape_tex(group_text(cell)) + " & " + std::to_string(cell.genuine) + " & " +
         std::to_string(cell.failed_genuine);
  for (const OperatingResult& at : cell.points) out += rate_cells(at);
  for (std::size_t i = cell.points.size(); i < targets; ++i) out += " & n/a";
  out += " & " + (cell.eer ? percent(cell.eer->value) : "n/a") + " \\\\\n";
}

}  // namespace

std::string table_tex(const Evaluation& evaluation) {
  const auto& targets = evaluation.settings.fmr_targets;
  std::string out =
      "% Needs \\usepackage{booktabs}. FNMR and EER in percent, 95 % intervals; $n$: genuine comparisons with a "
      "score.\n"
      "% $^\\dagger$ fewer than 30 errors; $^\\ddagger$ the target FMR is not resolvable with these impostors.\n"
      "\\begin{tabular}{lllrr" +
      std::string(targets.size() + 1, 'r') + "}\n\\toprule\nMatcher & Method & Group & $n$ & failed";
  for (const double target : targets) out += " & FNMR at FMR " + target_percent(target) + "\\,\\%";
  out += " & EER \\\\\n";
  for (const MatcherResult& matcher : evaluation.matchers) {
    out += "\\midrule\n";
    for (const MethodResult& method : matcher.methods)
      for (const CellResult& cell : method.cells) append_row(out, matcher, method, cell, targets.size());
  }
  return out + "\\bottomrule\n\\end{tabular}\n";
}

}  // namespace miafr
