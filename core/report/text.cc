#include "core/report/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/base/shown.h"

namespace miafr {
namespace {

std::string not_finite(double value) { return std::isnan(value) ? "n/a" : value > 0 ? "inf" : "-inf"; }

std::string fixed(double value, int decimals) {
  char text[400];  // the largest double has 309 digits
  return {text, std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, decimals).ptr};
}

std::string replaced(std::string_view text, const std::vector<std::pair<char, const char*>>& replacements) {
  std::string out;
  for (const char c : shown(std::string(text), std::string::npos)) {
    const auto found =
        std::find_if(replacements.begin(), replacements.end(), [c](const auto& r) { return r.first == c; });
    if (found != replacements.end())
      out += found->second;
    else
      out += c;
  }
  return out;
}

}  // namespace

std::string shortest(double value) {
  if (std::isnan(value)) return "";
  if (std::isinf(value)) return not_finite(value);
  char text[400];
  return {text, std::to_chars(text, text + sizeof text, value, std::chars_format::fixed).ptr};
}

std::string significant(double value, int digits) {
  if (!std::isfinite(value)) return not_finite(value);
  if (value == 0) return "0";
  const int before_point = static_cast<int>(std::floor(std::log10(std::fabs(value)))) + 1;
  return fixed(value, std::max(0, digits - before_point));
}

std::string percent(double rate) {
  if (!std::isfinite(rate)) return not_finite(rate);
  return rate >= 0.9995 ? fixed(100 * rate, rate == 1 ? 0 : 2) : significant(100 * rate, 3);
}

std::string target_percent(double rate) {
  std::string text = significant(100 * rate, 6);
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  return text.back() == '.' ? text.substr(0, text.size() - 1) : text;
}

std::string percent_range(const Interval& interval) {
  if (std::isnan(interval.low) || std::isnan(interval.high)) return "n/a";
  return percent(interval.low) + "\u2013" + percent(interval.high);
}

std::string signed_percent(double change) {
  if (std::isnan(change)) return "n/a";
  const std::string size = std::isinf(change) ? "inf" : fixed(std::fabs(100 * change), std::fabs(change) < 0.1 ? 1 : 0);
  return (change < 0 ? "\u2212" : "+") + size;
}

std::string with_commas(std::int64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t end = text.size(); end > 3; end -= 3) text.insert(end - 3, ",");
  return text;
}

std::string escape_html(std::string_view text) {
  return replaced(text, {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}});
}

std::string escape_tex(std::string_view text) {
  return replaced(text, {{'\\', "\\textbackslash{}"},
                         {'{', "\\{"},
                         {'}', "\\}"},
                         {'$', "\\$"},
                         {'&', "\\&"},
                         {'#', "\\#"},
                         {'^', "\\textasciicircum{}"},
                         {'_', "\\_"},
                         {'~', "\\textasciitilde{}"},
                         {'%', "\\%"}});
}

std::string method_text(const std::string& method) {
  if (method.empty()) return kOriginal;
  return method == kVaeRoundTrip ? "VAE round trip" : method;
}

std::string group_text(const CellResult& cell) {
  const std::string group = cell.group.empty() ? kAllGroups : cell.group;
  if (!cell.reference_seen) return group;
  return group + (*cell.reference_seen ? ", reference seen in training" : ", reference not seen in training");
}

std::string matcher_text(const MatcherFacts& facts) { return facts.name.empty() ? "matcher" : facts.name; }

Interval best_interval(const Rate& rate, const std::optional<BootstrapInterval>& subjects) {
  const Interval wilson = wilson_95(rate);
  if (!subjects || std::isnan(subjects->interval.low)) return wilson;
  // Without an error, with nothing but errors, or of one person, no replicate differs and the bootstrap says [x, x].
  return subjects->interval.low == subjects->interval.high ? wilson : subjects->interval;
}

std::size_t headline_index(const Evaluation& evaluation) {
  const auto& targets = evaluation.settings.fmr_targets;
  return static_cast<std::size_t>(std::find(targets.begin(), targets.end(), evaluation.headline_target) -
                                  targets.begin());
}

bool has_identification(const Evaluation& evaluation) {
  for (const MatcherResult& matcher : evaluation.matchers)
    for (const MethodResult& method : matcher.methods)
      for (const CellResult& cell : method.cells)
        if (cell.identification) return true;
  return false;
}

std::vector<std::string> rules(const Evaluation& evaluation) {
  std::vector<std::string> all = {
      "A comparison is accepted at score \u2265 threshold for similarities and at score \u2264 threshold for "
      "distances. "
      "Equal scores move together.",
      "The threshold for a target FMR is the most permissive observed score, of either list, whose achieved FMR is at "
      "most "
      "the target. The achieved FMR is printed.",
      "Thresholds come from impostor comparisons of real pictures by the same matcher and are applied unchanged to "
      "edited "
      "pictures. Where there are none, this is said.",
      "A target below 1/(number of impostors) is not resolvable: the FMR at its threshold is only known to be small. "
      "With no "
      "false match in n trials, its 95 % upper bound is 3/n (rule of 3).",
      "FMR and FNMR count comparisons with a score. GFAR and GFRR count those without one as rejected, so that a "
      "method which "
      "destroys faces does not win.",
      "EER: where the straight line between the two neighbouring points of the step curves has FMR = FNMR, on the two "
      "lists of "
      "the row itself.",
      "d\u2032 is the difference of the means over the root of the mean sample variance; AUC counts ties half.",
      "Fewer than 30 errors: the rate is indicative (rule of 30, ISO/IEC 19795-1), marked with \u2020.",
      "Both intervals are 95 %. Wilson\u2019s takes comparisons for independent, which those of one person are not.",
  };
  if (evaluation.settings.intervals)
    all.push_back(
        "The bootstrap draws persons with replacement (" + with_commas(evaluation.settings.bootstrap.replicates) +
        " replicates, seed " + std::to_string(evaluation.settings.bootstrap.seed) +
        "); an impostor comparison counts by both its persons. It is the one printed where persons are named; for a "
        "rate of 0 or 100 %, where no replicate can differ, Wilson\u2019s is.");
  if (has_identification(evaluation))
    all.push_back(
        "Identification is closed-set: each probe is searched in the gallery of all references, real pictures among "
        "all others; a person\u2019s score is the best of that person\u2019s references, equal scores count against "
        "the right person, and a probe without a score is missed at every rank.");
  all.push_back(
      "Changes between methods are paired: a replicate draws persons, and all comparisons of a person, of both "
      "methods, come with them.");
  return all;
}

}  // namespace miafr
