#include "core/report/tables.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "core/io/csv.h"

namespace miafr {
namespace {

std::string cell(const std::string& text) { return csv_field(text); }

std::string line(std::initializer_list<std::string> cells) {
  std::string text;
  for (const std::string& c : cells) text += (text.empty() ? "" : ",") + c;
  return text + "\n";
}

std::string count(std::int64_t n) { return std::to_string(n); }

Interval or_wilson(const std::optional<Interval>& bootstrap, const Interval& wilson) {
  return bootstrap.value_or(wilson);
}

// One row of summary.csv.
class Summary {
 public:
  Summary(const MatcherResult& matcher, const GroupResult& group, std::string& out)
      : start_(cell(matcher.facts.name) + "," + cell(group.method) + "," + cell(group.label) + "," + cell(group.group)),
        out_(out) {}
  void add(const std::string& metric, double value, const std::optional<Interval>& range, std::int64_t n) {
    out_ += start_ + "," + metric + "," + shortest(value) + "," + (range ? shortest(range->low) : "") + "," +
            (range ? shortest(range->high) : "") + "," + count(n) + "\n";
  }

 private:
  const std::string start_;
  std::string& out_;
};

void summarize_group(const MatcherResult& matcher, const GroupResult& group, std::string& out) {
  Summary rows(matcher, group, out);
  const std::int64_t n = group.genuine + group.impostor;
  std::int64_t failed = 0;
  for (const FailureCount& failure : group.failures) failed += failure.genuine;
  rows.add("failed_genuine", static_cast<double>(failed), {}, group.genuine + failed);
  if (group.eer) rows.add("eer", group.eer->value, group.eer_bootstrap, n);
  if (group.auc) rows.add("auc", *group.auc, {}, n);
  if (group.d_prime) rows.add("dprime", *group.d_prime, {}, n);
  if (group.genuine_scores) rows.add("genuine_mean", group.genuine_scores->mean, {}, group.genuine);
  if (group.impostor_scores) rows.add("impostor_mean", group.impostor_scores->mean, {}, group.impostor);
  for (const OperatingResult& point : group.operating) {
    const std::string at = "@" + target_text(point.target);
    rows.add("fnmr" + at, point.at.fnmr.value(), or_wilson(point.fnmr_bootstrap, point.fnmr_wilson),
             point.at.fnmr.trials);
    rows.add("gfrr" + at, point.at.gfrr.value(), or_wilson(point.gfrr_bootstrap, point.gfrr_wilson),
             point.at.gfrr.trials);
    rows.add("fmr" + at, point.at.fmr.value(), or_wilson(point.fmr_bootstrap, point.fmr_wilson), point.at.fmr.trials);
  }
}

std::string tex_escaped(const std::string& text) {
  std::string out;
  for (const char c : text) switch (c) {
      case '\\':
        out += "\\textbackslash{}";
        break;
      case '~':
        out += "\\textasciitilde{}";
        break;
      case '^':
        out += "\\textasciicircum{}";
        break;
      case '&':
      case '%':
      case '$':
      case '#':
      case '_':
      case '{':
      case '}':
        out += std::string("\\") + c;
        break;
      default:
        out += static_cast<unsigned char>(c) < 32 ? ' ' : c;
    }
  return out;
}

std::string percent(double rate, int digits) {
  if (std::isnan(rate)) return "--";
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, 100 * rate);
  return text;
}

std::string padded(const std::string& text, std::size_t width) {
  std::size_t shown = 0;  // characters, not bytes
  for (const char c : text) shown += (c & 0xc0) != 0x80;
  return text + std::string(width > shown ? width - shown : 0, ' ');
}

std::string group_shown(const GroupResult& group) {
  if (group.method.empty()) return group.label.empty() ? group.group : group.label;
  return group.method + (group.label.empty() ? "" : " / " + group.label);
}

}  // namespace

std::string shortest(double value) {
  if (std::isnan(value)) return "";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  char text[64];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value);
  return {text, end};
}

std::string target_text(double target) {
  char text[64];
  const auto [end, error] = std::to_chars(text, text + sizeof text, target, std::chars_format::fixed);
  return {text, end};
}

std::string summary_csv(const Evaluation& evaluation) {
  std::string out = "matcher,method,label,group,metric,value,low,high,n\n";
  for (const MatcherResult& matcher : evaluation.matchers)
    for (const GroupResult& group : matcher.groups) summarize_group(matcher, group, out);
  return out;
}

std::string operating_points_csv(const Evaluation& evaluation) {
  std::string out =
      "matcher,group,method,label,fmr_target,threshold,resolvable,fmr,false_matches,impostor,fnmr,false_non_matches,"
      "genuine,fnmr_wilson_low,fnmr_wilson_high,fnmr_bootstrap_low,fnmr_bootstrap_high,gfrr,gfrr_low,gfrr_high\n";
  for (const MatcherResult& matcher : evaluation.matchers)
    for (const GroupResult& group : matcher.groups)
      for (const OperatingResult& p : group.operating) {
        const Interval gfrr = or_wilson(p.gfrr_bootstrap, p.gfrr_wilson);
        out += line({cell(matcher.facts.name),
                     cell(group.group),
                     cell(group.method),
                     cell(group.label),
                     target_text(p.target),
                     shortest(p.at.threshold),
                     p.resolvable ? "yes" : "no",
                     shortest(p.at.fmr.value()),
                     count(p.at.fmr.errors),
                     count(p.at.fmr.trials),
                     shortest(p.at.fnmr.value()),
                     count(p.at.fnmr.errors),
                     count(p.at.fnmr.trials),
                     shortest(p.fnmr_wilson.low),
                     shortest(p.fnmr_wilson.high),
                     p.fnmr_bootstrap ? shortest(p.fnmr_bootstrap->low) : "",
                     p.fnmr_bootstrap ? shortest(p.fnmr_bootstrap->high) : "",
                     shortest(p.at.gfrr.value()),
                     shortest(gfrr.low),
                     shortest(gfrr.high)});
      }
  return out;
}

std::string det_csv(const Evaluation& evaluation) {
  std::string out = "matcher,group,threshold,fmr,fnmr\n";
  for (const MatcherResult& matcher : evaluation.matchers)
    for (const GroupResult& group : matcher.groups)
      for (const CurvePoint& point : group.curve.points)
        out += line({cell(matcher.facts.name), cell(group.group), shortest(point.threshold),
                     shortest(group.curve.fmr(point)), shortest(group.curve.fnmr(point))});
  return out;
}

std::string failures_csv(const Evaluation& evaluation) {
  std::string out = "image,subject,group,stage,reason,detail\n";
  for (const ImageFailure& f : evaluation.failures)
    out += line({cell(f.image), cell(f.subject), cell(f.group), cell(f.stage), cell(f.reason), cell(f.detail)});
  return out;
}

std::string table_tex(const Evaluation& evaluation) {
  std::string out = "% FNMR in percent (95 % interval over subjects; GFRR, with failures, in brackets)\n";
  std::string columns = "ll r";
  std::string head = "Matcher & Group & $n$";
  for (const double target : evaluation.targets) {
    columns += "r";
    head += " & FNMR @ FMR " + tex_escaped(percent(target, target < 0.001 ? 2 : 1)) + "\\,\\%";
  }
  out += "\\begin{tabular}{" + columns + "}\n\\toprule\n" + head + " \\\\\n";
  for (const MatcherResult& matcher : evaluation.matchers) {
    out += "\\midrule\n";
    for (const GroupResult& group : matcher.groups) {
      out += tex_escaped(matcher.facts.name) + " & " + tex_escaped(group_shown(group)) + " & " + count(group.genuine);
      for (const double target : evaluation.targets) {
        const auto p = std::find_if(group.operating.begin(), group.operating.end(),
                                    [&](const OperatingResult& o) { return o.target == target; });
        if (p == group.operating.end() || !p->resolvable) {
          out += " & --";
          continue;
        }
        const Interval range = or_wilson(p->fnmr_bootstrap, p->fnmr_wilson);
        out += " & " + percent(p->at.fnmr.value(), 1) + " (" + percent(range.low, 1) + "--" + percent(range.high, 1) +
               ") [" + percent(p->at.gfrr.value(), 1) + "]";
      }
      out += " \\\\\n";
    }
  }
  return out + "\\bottomrule\n\\end{tabular}\n";
}

std::string summary_text(const Evaluation& evaluation) {
  std::string out;
  for (const MatcherResult& matcher : evaluation.matchers) {
    std::size_t width = 8;
    for (const GroupResult& group : matcher.groups) width = std::max(width, group_shown(group).size());
    out += padded(matcher.facts.name, width + 2) + "  genuine  impostor   EER %";
    for (const ThresholdResult& t : matcher.thresholds) out += padded("   FNMR % @ " + target_text(t.target), 26);
    out += "\n";
    for (const GroupResult& group : matcher.groups) {
      char text[128];
      std::snprintf(text, sizeof text, "  %8lld  %8lld  %6s", static_cast<long long>(group.genuine),
                    static_cast<long long>(group.impostor), group.eer ? percent(group.eer->value, 2).c_str() : "--");
      std::string row = "  " + padded(group_shown(group), width) + text;
      for (const OperatingResult& p : group.operating) {
        const Interval range = or_wilson(p.fnmr_bootstrap, p.fnmr_wilson);
        row += padded("   " + (p.resolvable ? percent(p.at.fnmr.value(), 2) + " (" + percent(range.low, 1) + " to " +
                                                  percent(range.high, 1) + ")"
                                            : "not resolvable"),
                      26);
      }
      while (!row.empty() && row.back() == ' ') row.pop_back();
      out += row + "\n";
    }
  }
  return out;
}

}  // namespace miafr
