#include "core/commands/evaluate_options.h"

#include <algorithm>
#include <charconv>

#include "core/commands/option_values.h"
#include "core/runtime/errors.h"
#include "core/runtime/shown.h"

namespace miafr {
namespace {

namespace po = boost::program_options;

void describe_scores(Options& options) {
  auto add = options.add();
  add("from-scores", po::value<std::string>()->value_name("FILE"),
      "scores.csv: columns label and score; also status, subject_probe, subject_reference, probe, reference, method, "
      "group, matcher, seen, quality");
  add("score-kind", po::value<std::vector<std::string>>()->value_name("KIND")->composing(),
      "similarity or distance; MATCHER=KIND for one of several matchers; may be repeated");
  add("trained-against", po::value<std::vector<std::string>>()->value_name("MATCHER")->composing(),
      "a matcher that a loss was trained against, to be flagged; may be repeated");
  add("allow-trained-judge", "also where that is so of every matcher");
}

void describe_report(Options& options) {
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  auto add = options.add();
  add("fmr", text("LIST"), "false match rates to report FNMR at (default: 0.1,0.01,0.001)");
  add("baseline", text("METHOD"),
      "what the other methods are compared with (default: the first edited one; original if there is only one)");
  add("bootstrap", po::value<std::int64_t>()->value_name("N"),
      "replicates of the intervals over subjects (default: 1000; 0: Wilson intervals only)");
  add("seed", po::value<std::int64_t>()->value_name("N"), "seed of the bootstrap (default: 1)");
  add("title", text("TEXT"), "title of the report");
  add("out", text("DIR"), "folder of the results (default: evaluation)");
  add("overwrite", "replace an evaluation that is in DIR already");
}

ScoreKind parse_kind(const std::string& word) {
  if (word == "similarity") return ScoreKind::kSimilarity;
  if (word == "distance") return ScoreKind::kDistance;
  throw UsageError("--score-kind " + shown(word) + ": allowed are similarity and distance, or MATCHER=similarity");
}

ScoresFile read_scores_file(const Options& options) {
  if (!options.has("from-scores")) throw UsageError("missing --from-scores FILE; see: miafr evaluate --help");
  ScoresFile scores;
  scores.path = options.get<std::string>("from-scores");
  for (const std::string& given : options.list("score-kind")) {
    const std::size_t equals = given.rfind('=');
    if (equals == std::string::npos)
      scores.kind = parse_kind(given);
    else
      scores.kinds[given.substr(0, equals)] = parse_kind(given.substr(equals + 1));
  }
  if (!scores.kind && scores.kinds.empty())
    throw UsageError("missing --score-kind similarity|distance: is a higher score more alike, or less?");
  scores.trained_against = options.list("trained-against");
  return scores;
}

// Not by std::stod, which would take the locale's decimal sign.
std::vector<double> parse_targets(const std::string& list) {
  std::vector<double> targets;
  for (const std::string& word : words_of(list)) {
    double target = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), target);
    if (error != std::errc() || end != word.data() + word.size() || !(target > 0 && target <= 1))
      throw UsageError("--fmr " + shown(list) + ": " + miafr::quoted(word) +
                       " is not a rate; give ones over 0 and at most 1, such as 0.01,0.001");
    if (std::find(targets.begin(), targets.end(), target) == targets.end()) targets.push_back(target);
  }
  if (targets.empty()) throw UsageError("--fmr: give at least one rate, such as 0.01");
  return targets;
}

EvaluationSettings read_settings(const Options& options) {
  constexpr std::int64_t kMostReplicates = 1'000'000;
  EvaluationSettings settings;
  if (options.has("fmr")) settings.fmr_targets = parse_targets(options.get<std::string>("fmr"));
  const std::int64_t replicates = whole_from(options, "bootstrap", settings.bootstrap.replicates, 0);
  if (replicates > kMostReplicates) throw UsageError("--bootstrap " + std::to_string(replicates) + ": at most 1000000");
  settings.intervals = replicates > 0;
  if (settings.intervals) settings.bootstrap.replicates = static_cast<int>(replicates);
  settings.bootstrap.seed = static_cast<std::uint64_t>(whole_from(options, "seed", 1, 0));
  settings.allow_trained_judge = options.has("allow-trained-judge");
  settings.baseline = value_or<std::string>(options, "baseline", "");
  settings.title = value_or(options, "title", settings.title);
  return settings;
}

}  // namespace

std::optional<EvaluateOptions> read_evaluate_options(const Arguments& arguments) {
  Options options(
      "evaluate --from-scores FILE --score-kind KIND [OPTION\u2026]",
      "How well faces are recognised after editing: error rates with intervals, for every matcher, method and "
      "group.\nThresholds come from real pictures (method empty or \"original\") and are applied unchanged to "
      "edited ones.\nDIR gets report.html, results.json, tables as CSV and LaTeX, and plots.");
  describe_scores(options);
  describe_report(options);
  if (!options.parse(arguments)) return std::nullopt;
  EvaluateOptions wanted;
  wanted.scores = read_scores_file(options);
  wanted.settings = read_settings(options);
  wanted.out = value_or<std::string>(options, "out", "evaluation");
  wanted.overwrite = options.has("overwrite");
  return wanted;
}

}  // namespace miafr
