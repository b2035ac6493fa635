#include "core/report/warnings.h"

#include "core/report/tables.h"

namespace miafr {
namespace {

void warn_of_thresholds(const MatcherResult& matcher, std::vector<std::string>& warnings) {
  const std::string& name = matcher.facts.name;
  bool pooled = false;
  std::string unresolved;
  for (const ThresholdResult& threshold : matcher.thresholds) {
    pooled |= !threshold.from_original;
    if (!threshold.point.resolvable) unresolved += (unresolved.empty() ? "" : ", ") + target_text(threshold.target);
  }
  if (matcher.thresholds.empty())
    warnings.push_back(name + ": there is no impostor comparison with a score, so there is no threshold and no FNMR");
  if (pooled)
    warnings.push_back(name +
                       ": no impostor comparison of original images, so its thresholds come from all impostors, edited "
                       "images among them; they flatter the edited images");
  if (!unresolved.empty())
    warnings.push_back(name + ": FMR " + unresolved + " cannot be resolved with " +
                       std::to_string(matcher.thresholds[0].point.point.fmr.trials) +
                       " impostor comparisons; figures at it are bounds");
}

}  // namespace

std::vector<std::string> warnings_of(const Evaluation& evaluation) {
  std::vector<std::string> warnings;
  std::size_t independent = 0;
  for (const MatcherResult& matcher : evaluation.matchers) {
    independent += !matcher.facts.trained_against;
    if (matcher.facts.trained_against)
      warnings.push_back(matcher.facts.name +
                         " was part of the training loss: that it finds the person again proves little");
    warn_of_thresholds(matcher, warnings);
    if (matcher.audit.self_pairs > 0)
      warnings.push_back(matcher.facts.name + ": " + std::to_string(matcher.audit.self_pairs) +
                         " comparisons of an image with itself are in the scores");
    if (matcher.audit.repeated_pairs > 0)
      warnings.push_back(matcher.facts.name + ": " + std::to_string(matcher.audit.repeated_pairs) +
                         " comparisons are in the scores more than once; intervals are too narrow");
    for (const GroupResult& group : matcher.groups)
      if (group.genuine > 0 && group.subjects == 0) {
        warnings.push_back(matcher.facts.name +
                           ": the scores do not name persons, so there are no intervals over them");
        break;
      }
  }
  if (independent == 0 && !evaluation.matchers.empty())
    warnings.push_back("no matcher here is independent of the training");
  return warnings;
}

}  // namespace miafr
