#include "core/commands/evaluate_options.h"

#include <algorithm>
#include <cmath>

#include "core/commands/face_options.h"
#include "core/commands/option_values.h"
#include "core/runtime/errors.h"
#include "core/runtime/log.h"
#include "core/runtime/shown.h"

namespace miafr {
namespace {

namespace po = boost::program_options;
namespace fs = std::filesystem;

double number_of(const std::string& option, const std::string& text) {
  std::size_t end = 0;
  double value = 0;
  try {
    value = std::stod(text, &end);
  } catch (const std::exception&) {
  }
  if (end == 0 || end != text.size() || !std::isfinite(value))
    throw UsageError("--" + option + " " + miafr::quoted(text) + ": it is no number");
  return value;
}

std::vector<double> read_targets(const Options& options) {
  std::vector<double> targets;
  for (const std::string& word : words_of(value_or<std::string>(options, "fmr", "0.1,0.01,0.001"))) {
    const double target = number_of("fmr", word);
    if (!(target >= 0 && target <= 1)) throw UsageError("--fmr " + word + ": a rate lies in 0..1");
    targets.push_back(target);
  }
  if (targets.empty()) throw UsageError("--fmr: name at least one rate, such as 0.01");
  std::sort(targets.rbegin(), targets.rend());
  targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
  return targets;
}

// "NAME=VALUE"
std::pair<std::string, std::string> named(const std::string& option, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
    throw UsageError("--" + option + " " + miafr::quoted(text) + ": write NAME=…");
  return {text.substr(0, equals), text.substr(equals + 1)};
}

std::vector<ScoresFile> read_scores_options(const Options& options) {
  std::vector<ScoresFile> files;
  for (const std::string& text : options.list("from-scores")) {
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos && !fs::exists(text))
      files.push_back({text.substr(0, equals), text.substr(equals + 1)});
    else
      files.push_back({fs::path(text).stem().string(), text});
    for (std::size_t i = 0; i + 1 < files.size(); ++i)
      if (files[i].matcher == files.back().matcher)
        throw UsageError("--from-scores: two files are called " + miafr::quoted(files[i].matcher) +
                         "; write MATCHER=FILE");
  }
  if (!files.empty() && !options.has("score-kind"))
    throw UsageError("--from-scores needs --score-kind similarity or distance: the file does not say which is better");
  return files;
}

SampleRules read_rules(const Options& options) {
  SampleRules rules;
  if (options.has("subject-pattern"))
    rules.subject = parse_expression("--subject-pattern", options.get<std::string>("subject-pattern"));
  if (options.has("label-pattern"))
    rules.label = parse_expression("--label-pattern", options.get<std::string>("label-pattern"));
  return rules;
}

void append(std::vector<Sample>& to, const Samples& from) {
  to.insert(to.end(), from.images.begin(), from.images.end());
  for (const std::string& refused : from.refused) log_warning(refused + "; left out");
}

void read_folders(const Options& options, EvaluateWanted& wanted) {
  SampleRules rules = read_rules(options);
  SampleRules reference_rules = rules;
  reference_rules.label.reset();  // a reference has none: labels are what was edited
  const std::string references = options.get<std::string>("references");
  append(wanted.sources.references, collect_samples(references, reference_rules, ""));
  for (Sample& sample : wanted.sources.references) sample.label.clear();
  rules.one_subject = value_or<std::string>(options, "subject", "");
  if (options.has("probes"))
    append(wanted.sources.probes, collect_samples(options.get<std::string>("probes"), rules, ""));
  for (const std::string& text : options.list("methods")) {
    const auto [name, folder] = named("methods", text);
    if (name.find('/') != std::string::npos) throw UsageError("--methods " + miafr::quoted(text) + ": no / in a name");
    append(wanted.sources.probes, collect_samples(folder, rules, name));
  }
}

void read_sources(const Options& options, EvaluateWanted& wanted) {
  wanted.scores = read_scores_options(options);
  const int ways = !wanted.scores.empty() + options.has("pairs") + options.has("references");
  if (ways != 1)
    throw UsageError(
        ways == 0
            ? "what is to be evaluated? Give --references with --probes or --methods, or --pairs, or --from-scores"
            : "--references, --pairs and --from-scores: give one of them");
  if (!options.has("references") && (options.has("probes") || options.has("methods")))
    throw UsageError("--probes and --methods need --references to be compared with");
  if (!wanted.scores.empty())
    wanted.score_kind = one_of(options, "score-kind", {"similarity", "distance"}) == "similarity"
                            ? ScoreKind::kSimilarity
                            : ScoreKind::kDistance;
  if (options.has("pairs")) wanted.pairs = read_pairs(options.get<std::string>("pairs"));
  if (options.has("references")) read_folders(options, wanted);
  if (options.has("training")) wanted.sources.training = files_named({options.get<std::string>("training")});
  if (options.has("min-quality")) {
    const auto [measure, least] = named("min-quality", options.get<std::string>("min-quality"));
    wanted.sources.min_quality = QualityLimit{measure, number_of("min-quality", least)};
  }
}

}  // namespace

void describe_evaluate_options(Options& options) {
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  const auto texts = [](const char* name) { return po::value<std::vector<std::string>>()->value_name(name); };
  const auto whole = [](const char* name) { return po::value<std::int64_t>()->value_name(name); };
  auto add = options.add();
  add("references,r", text("DIR"), "real images, a folder for each person; thresholds come from these");
  add("probes,p", text("DIR"), "images to be compared with them: folders PERSON[/LABEL], or what miafr generate wrote");
  add("methods", texts("NAME=DIR"),
      "probes of an editing method, to be compared with others; may be given several times");
  add("pairs", text("CSV"), "image_a,image_b,label (genuine or impostor)[,group]");
  add("from-scores", texts("[MATCHER=]CSV"), "scores of an earlier evaluation, or of another program");
  add("score-kind", text("KIND"), "of --from-scores: similarity or distance");
  add("subject-pattern", text("REGEX"), "how a path names the person: its first group (default: the first folder)");
  add("label-pattern", text("REGEX"), "how a path names the label (default: the manifest, or the second folder)");
  add("subject", text("NAME"), "all probes are of this person");
  add("training", text("DIR"), "images that the editing model was trained on; references among them are told apart");
  add("trained-against", texts("MATCHER"), "a matcher that was part of the training loss");
  add("allow-trained-only", "let such matchers be the only judges");
  add("fmr", text("LIST"), "target false match rates (default: 0.1,0.01,0.001)");
  add("baseline", text("NAME"), "method that the others are compared with (default: the first by name)");
  add("bootstrap", whole("N"), "replicates of the bootstrap over persons (default: 1000; 0: none)");
  add("seed", whole("N"), "of the bootstrap (default: 1)");
  add("min-quality", text("M=X"), "least quality score of an image, such as face_measures.sharpness=30");
  add("answers", text("CSV"),
      "label,answer[,method,source]: yes or no for each edited image, from a VQA or classifier");
  add("out,o", text("DIR"), "output folder (default: evaluation)");
  add("overwrite", "replace the files of an earlier evaluation there");
  add("title", text("TEXT"), "of the report");
}

EvaluateWanted read_evaluate_options(const Options& options) {
  EvaluateWanted wanted;
  wanted.options.targets = read_targets(options);
  wanted.options.baseline = value_or<std::string>(options, "baseline", "");
  wanted.options.replicates = whole_from(options, "bootstrap", 1000, 0);
  wanted.options.seed = static_cast<std::uint64_t>(whole_from(options, "seed", 1, 0));
  wanted.trained_against = options.list("trained-against");
  wanted.allow_trained_only = options.has("allow-trained-only");
  wanted.out = value_or<std::string>(options, "out", "evaluation");
  wanted.overwrite = options.has("overwrite");
  wanted.title = value_or<std::string>(options, "title", "");
  if (options.has("answers")) wanted.answers = options.get<std::string>("answers");
  read_sources(options, wanted);
  return wanted;
}

}  // namespace miafr
