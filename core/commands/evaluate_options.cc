#include "core/commands/evaluate_options.h"

#include <algorithm>
#include <charconv>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/base/plus_sign.h"
#include "core/base/shown.h"
#include "core/commands/face_options.h"
#include "core/commands/option_values.h"
#include "core/commands/setting_options.h"
#include "core/config/false_match_rates.h"
#include "core/config/load_config.h"
#include "core/config/nearest.h"
#include "core/evaluation/demographic_groups.h"
#include "core/io/sha256.h"

namespace miafr {
namespace {

namespace po = boost::program_options;

void describe_images(Options& options) {
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  const auto texts = [](const char* name) {
    return po::value<std::vector<std::string>>()->value_name(name)->composing();
  };
  auto add = options.add();
  describe_settings<EvaluateConfig>(options, {}, {"references"});
  add("probes,p", text("DIR"),
      "pictures to be compared with them: folders PERSON or PERSON/LABEL, or what miafr generate wrote");
  add("methods", texts("NAME=DIR"), "probes of one editing method; repeat it to compare several");
  add("pairs", text("FILE"), "a list image_a,image_b,label (genuine or impostor)[,group] in place of folders");
  add("subject-pattern", text("REGEX"), "how a path names the person: its first group (default: the first folder)");
  add("label-pattern", text("REGEX"), "how a path names the label (default: the manifest, or the second folder)");
  add("subject", text("NAME"), "all probes are of this person");
  add("training", text("DIR"), "pictures that the editing model has seen; references among them are told apart");
  describe_settings<EvaluateConfig>(options, {}, {"min_quality"});
  add("ckpt", text("FILE"),
      "Stable Diffusion v1 checkpoint: the references also go through its autoencoder and back, as method "
      "vae_round_trip,\nthe ceiling of any method that edits latents");
  add("config", text("FILE"), "a run's config: its section evaluate, and its model where that of --ckpt is not plain");
  add("answers", text("FILE"),
      "attribute,answer[,method]: yes or no for each edited picture, from a VQA or classifier");
}

void describe_scores(Options& options) {
  auto add = options.add();
  add("from-scores", po::value<std::string>()->value_name("FILE"),
      "scores.csv in place of pictures: columns label and score; also status, subject_probe, subject_reference, probe, "
      "reference, method, group, matcher, seen, quality");
  add("score-kind", po::value<std::vector<std::string>>()->value_name("KIND")->composing(),
      "of --from-scores: similarity or distance; MATCHER=KIND for one of several matchers; may be repeated");
  add("trained-against", po::value<std::vector<std::string>>()->value_name("MATCHER")->composing(),
      "a matcher that a loss was trained against, to be flagged; may be repeated");
  describe_settings<EvaluateConfig>(options, {}, {"allow_trained_judge"});
}

void describe_report(Options& options) {
  describe_settings<EvaluateConfig>(options, {}, {"fmr", "baseline", "groups", "bootstrap", "seed", "title"});
  auto add = options.add();
  add("out", po::value<std::string>()->value_name("DIR"), "folder of the results (default: evaluation)");
  add("overwrite", "replace an evaluation that is in DIR already");
}

ScoreKind parse_kind(const std::string& word) {
  if (word == "similarity") return ScoreKind::kSimilarity;
  if (word == "distance") return ScoreKind::kDistance;
  throw UsageError("--score-kind " + shown(word) + ": allowed are similarity and distance, or MATCHER=similarity");
}

ScoresFile read_scores_file(const Options& options) {
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
  return scores;
}

std::vector<double> rates_of(const EvaluateConfig& config) {
  try {
    return false_match_rates(config.fmr, "--fmr");
  } catch (const ConfigError& e) {
    throw UsageError(e.what());
  }
}

EvaluationSettings settings_of(const EvaluateConfig& config) {
  EvaluationSettings settings;
  settings.fmr_targets = rates_of(config);
  settings.intervals = config.bootstrap > 0;
  if (settings.intervals) settings.bootstrap.replicates = static_cast<int>(config.bootstrap);
  settings.bootstrap.seed = static_cast<std::uint64_t>(config.seed);
  settings.allow_trained_judge = config.allow_trained_judge;
  settings.baseline = config.baseline;
  if (!config.groups.empty()) settings.demographics = read_demographic_groups(config.groups);
  if (!config.title.empty()) settings.title = config.title;
  return settings;
}

// "NAME=VALUE"
std::pair<std::string, std::string> named(const std::string& option, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
    throw UsageError("--" + option + " " + miafr::quoted(text) + ": write NAME=\u2026");
  return {text.substr(0, equals), text.substr(equals + 1)};
}

QualityLimit read_limit(const std::string& text) {
  const auto [measure, word] = named("min-quality", text);
  QualityLimit limit{measure, 0};
  const std::string_view number = without_plus(word);
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), limit.least);
  if (error != std::errc() || end != number.data() + number.size())
    throw UsageError("--min-quality " + miafr::quoted(text) + ": " + miafr::quoted(word) + " is no number");
  return limit;
}

std::string last_name(const std::filesystem::path& path) {
  const auto normal = std::filesystem::absolute(path).lexically_normal();
  return (normal.has_filename() ? normal : normal.parent_path()).filename().string();
}

class FolderReader {
 public:
  FolderReader(const Options& options, EvaluateOptions& wanted) : options_(options), wanted_(wanted) {
    if (options.has("subject-pattern"))
      rules_.subject = parse_expression("--subject-pattern", options.get<std::string>("subject-pattern"));
    if (options.has("label-pattern"))
      rules_.label = parse_expression("--label-pattern", options.get<std::string>("label-pattern"));
  }

  void read() {
    SampleRules edited = rules_, real = rules_;
    real.label.reset();  // labels say what was edited
    edited.one_subject = value_or<std::string>(options_, "subject", "");
    std::vector<SampleFolder> folders = {{"references", wanted_.config.references}};
    std::vector<std::string> methods = {""};
    if (options_.has("probes")) {
      folders.push_back({"probes", options_.get<std::string>("probes")});
      methods.push_back("");
    }
    for (const std::string& text : options_.list("methods")) {
      const auto [name, folder] = named("methods", text);
      check_method(name, text);
      folders.push_back({name, folder});
      methods.push_back(name);
    }
    const std::vector<std::string> names = distinct_names(folders, {kVaeRoundTrip});
    for (std::size_t i = 0; i < folders.size(); ++i)
      add(collect_samples(folders[i].folder, names[i], i == 0 ? real : edited, methods[i]), folders[i], methods[i],
          i == 0 ? wanted_.images.references : wanted_.images.probes);
    for (Sample& sample : wanted_.images.references) sample.label.clear();
  }

 private:
  void check_method(const std::string& name, const std::string& text) const {
    if (name == kOriginal) throw UsageError("--methods " + miafr::quoted(text) + ": that name means real pictures");
    if (name == kVaeRoundTrip && options_.has("ckpt"))
      throw UsageError("--methods " + miafr::quoted(text) + ": that name means what --ckpt makes");
  }

  void add(const Samples& found, const SampleFolder& folder, const std::string& method, std::vector<Sample>& to) {
    to.insert(to.end(), found.images.begin(), found.images.end());
    for (const std::string& refused : found.refused) log_warning(refused + "; left out");
    wanted_.inputs.push_back({last_name(folder.folder) + (method.empty() ? "" : " (" + method + ")"), ""});
  }

  const Options& options_;
  EvaluateOptions& wanted_;
  SampleRules rules_;
};

void read_checkpoint(const Options& options, EvaluateOptions& wanted) {
  if (!options.has("ckpt")) return;
  if (!!wanted.config.references.empty()) throw UsageError("--ckpt needs --references to send through its autoencoder");
  wanted.checkpoint = options.get<std::string>("ckpt");
  if (!std::filesystem::exists(wanted.checkpoint)) throw Error(wanted.checkpoint.string() + ": no such file");
}

void read_sources(const Options& options, EvaluateOptions& wanted) {
  if (options.has("references") && wanted.config.references.empty())
    throw UsageError(options.spelled("references") + " is empty; give a folder");
  if (!options.has("references") && (options.has("from-scores") || options.has("pairs")))
    wanted.config.references.clear();  // of the config: they are for pictures
  const int ways = options.has("from-scores") + options.has("pairs") + !wanted.config.references.empty();
  if (ways == 0)
    throw UsageError(
        "what is to be evaluated? Give --references with --probes or --methods, or --pairs, or --from-scores; see: "
        "miafr evaluate --help");
  if (ways > 1) throw UsageError("--references, --pairs and --from-scores: give one of them");
  if (!!wanted.config.references.empty() && (options.has("probes") || options.has("methods")))
    throw UsageError("--probes and --methods need --references to be compared with");
  if (options.has("from-scores")) wanted.scores = read_scores_file(options);
  if (options.has("pairs")) {
    wanted.pairs = read_pairs(options.get<std::string>("pairs"));
    check_pairs(options.get<std::string>("pairs"), wanted.pairs);
    wanted.inputs.push_back({last_name(options.get<std::string>("pairs")), ""});
  }
  if (!wanted.config.references.empty()) FolderReader(options, wanted).read();
  read_checkpoint(options, wanted);
  if (options.has("training")) wanted.images.training = files_named({options.get<std::string>("training")});
  if (!wanted.config.min_quality.empty()) wanted.images.min_quality = read_limit(wanted.config.min_quality);
}

// Before any picture is looked at. What methods a file of scores has is not known yet.
void check_baseline(const EvaluateOptions& wanted) {
  const std::string& baseline = wanted.settings.baseline;
  if (baseline.empty()) return;
  if (!wanted.settings.intervals)
    throw UsageError("--baseline and --bootstrap 0: methods are compared by the bootstrap; leave out one of them");
  if (wanted.scores) return;
  std::vector<std::string> methods = {kOriginal};
  if (!wanted.checkpoint.empty()) methods.push_back(kVaeRoundTrip);
  for (const Sample& sample : wanted.images.probes) {
    const std::string method = sample.method.empty() ? kEdited : sample.method;
    if (methods.back() != method) methods.push_back(method);
  }
  if (std::find(methods.begin(), methods.end(), baseline) == methods.end())
    throw UsageError("--baseline " + miafr::quoted(baseline) + ": no method has that name" +
                     suggestion(baseline, methods, "there are"));
}

}  // namespace

void describe_evaluate_options(Options& options) {
  describe_images(options);
  describe_scores(options);
  describe_report(options);
}

void hash_checkpoint(EvaluateOptions& wanted) {
  if (wanted.checkpoint.empty()) return;
  wanted.checkpoint_sha256 = sha256_of(wanted.checkpoint);
  wanted.inputs.push_back({wanted.checkpoint.filename().string(), wanted.checkpoint_sha256});
}

EvaluateOptions read_evaluate_options(const Options& options) {
  EvaluateOptions wanted;
  if (options.has("config")) {
    const RunConfig config = load_config(options.get<std::string>("config")).config;
    wanted.config = config.evaluate;
    wanted.model = config.model;
  }
  apply_settings(options, wanted.config);
  wanted.settings = settings_of(wanted.config);
  wanted.trained_against = options.list("trained-against");
  wanted.out = value_or<std::string>(options, "out", "evaluation");
  wanted.overwrite = options.has("overwrite");
  if (options.has("answers")) wanted.answers = options.get<std::string>("answers");
  read_sources(options, wanted);
  check_baseline(wanted);
  return wanted;
}

}  // namespace miafr
