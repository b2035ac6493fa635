// miafr evaluate: how well faces are recognised after editing.
#include <algorithm>
#include <iostream>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "core/base/errors.h"
#include "core/base/interrupt.h"
#include "core/base/log.h"
#include "core/base/shown.h"
#include "core/commands/evaluate_options.h"
#include "core/commands/face_options.h"
#include "core/commands/text_table.h"
#include "core/config/nearest.h"
#include "core/cuda/load_kernels.h"
#include "core/evaluation/attribute_answers.h"
#include "core/evaluation/evaluate_scores.h"
#include "core/evaluation/name_joins.h"
#include "core/evaluation/vae_round_trip.h"
#include "core/io/csv.h"
#include "core/io/npy.h"
#include "core/io/sha256.h"
#include "core/io/temporary_folder.h"
#include "core/io/whole_file.h"
#include "core/report/text.h"
#include "core/report/write_report.h"

namespace miafr {
namespace {

// Scores, and what is known about where they come from.
struct ScoreSource {
  std::vector<MatcherScores> scores;
  std::vector<MatcherFacts> facts;
  std::vector<InputFile> inputs;
};

void check_named(const std::vector<MatcherFacts>& facts, const std::string& option, const std::string& matcher) {
  std::vector<std::string> names;
  for (const MatcherFacts& one : facts) names.push_back(one.name);
  if (std::find(names.begin(), names.end(), matcher) == names.end())
    throw UsageError(option + ": no matcher is named " + miafr::quoted(matcher) +
                     suggestion(matcher, names, "there are"));
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
  for (const MatcherScores& one : source.scores) {
    source.facts.emplace_back();
    source.facts.back().name = one.matcher;
  }
  for (const auto& [matcher, kind] : file.kinds) check_named(source.facts, "--score-kind", matcher);
  source.inputs.push_back({file.path.filename().string(), sha256_of(file.path)});
  return source;
}

// A row for each matcher and method; groups are in the report.
void print_summary(const Evaluation& evaluation) {
  TextTable table = {{"matcher", "method", "genuine", "failed", "impostor", "EER %"}};
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
  print_table(std::cout, table, 2);
}

// Marks those that a loss was trained against, and refuses them where there are no others.
void mark_trained(std::vector<MatcherFacts>& matchers, const EvaluateOptions& wanted) {
  const std::vector<std::string>& trained = wanted.trained_against;
  for (const std::string& matcher : trained) check_named(matchers, "--trained-against", matcher);
  for (MatcherFacts& facts : matchers)
    facts.trained_against = std::count(trained.begin(), trained.end(), facts.name) > 0;
  check_judges(matchers, wanted.settings);
}

// The images of a list of pairs, each once, in the order in which they come.
class PairImages {
 public:
  explicit PairImages(const std::vector<SamplePair>& pairs) {
    for (const SamplePair& pair : pairs)
      indexed_.push_back({index_of(pair.a, pair.name_a), index_of(pair.b, pair.name_b), pair.genuine, pair.group});
  }
  const std::vector<Sample>& images() const { return images_; }
  const std::vector<IndexedPair>& pairs() const { return indexed_; }

 private:
  std::size_t index_of(const std::filesystem::path& file, const std::string& name) {
    const auto [found, is_new] = index_.try_emplace(file.lexically_normal(), images_.size());
    if (is_new) images_.push_back({file, name, "", "", kOriginal});
    return found->second;
  }

  std::map<std::filesystem::path, std::size_t> index_;
  std::vector<Sample> images_;
  std::vector<IndexedPair> indexed_;
};

class ImageEvaluation {
 public:
  ImageEvaluation(const EvaluateOptions& wanted, FaceRun run) : wanted_(wanted), run_(std::move(run)) {}

  std::vector<MatcherFacts> facts() const {
    std::vector<MatcherFacts> all;
    for (const auto& matcher : run_.networks.matchers)
      all.push_back({matcher.identity.name, matcher.identity.version, matcher.identity.weights_sha256, false});
    return all;
  }

  // Before any picture is looked at.
  void check() const { check_sources(wanted_.images, run_.networks, wanted_.settings); }

  ScoreSource score() {
    const PairImages pairs(wanted_.pairs);
    ImageSources sources = wanted_.images;
    if (!wanted_.pairs.empty()) sources.probes = pairs.images();
    if (!wanted_.checkpoint.empty()) add_round_trip(sources);
    images_ = analyse_samples(sources, run_.networks, run_.settings, face_progress("evaluate"));
    const auto quiet = [](std::int64_t, std::int64_t) { throw_if_interrupted(); };
    ScoreSource source;
    source.facts = facts();
    for (std::size_t m = 0; m < source.facts.size(); ++m)
      source.scores.push_back({source.facts[m].name,
                               wanted_.pairs.empty() ? compare_all(images_, run_.networks, m, left_out_, quiet)
                                                     : compare_pairs(images_, pairs.pairs(), run_.networks, m, quiet)});
    check_any_score(images_, source.scores, left_out_);
    source.inputs = wanted_.inputs;
    return source;
  }

  void describe(Evaluation& evaluation) const {
    for (const std::string& warning : left_out_warnings(left_out_)) evaluation.warnings.push_back(warning);
    if (const std::string failures = failure_summary(faces()); !failures.empty())
      evaluation.warnings.push_back(failures + "; their comparisons count in GFRR, not in FNMR.");
    miafr::describe_images(images_, wanted_.images.training.size(), run_.networks, evaluation);
    if (evaluation.training)
      log_info("references among the " + std::to_string(evaluation.training->pictures) +
               " training pictures: " + std::to_string(evaluation.training->references));
  }

  // A row of each .npy is an image of images.csv; NaN where there is no embedding.
  void write_embeddings(const std::filesystem::path& folder) const {
    std::filesystem::create_directories(folder);
    std::string list = "image,subject,method,group,sha256,failure\n";
    for (const EvaluatedImage& image : images_)
      list += csv_field(image.sample.name) + "," + csv_field(image.sample.subject) + "," + csv_field(image.method()) +
              "," + csv_field(image.sample.label) + "," + image.face.sha256 + "," + csv_field(image.face.failure) +
              "\n";
    write_file(folder / "images.csv", list);
    for (std::size_t m = 0; m < run_.networks.matchers.size(); ++m) write_matrix(folder, m);
  }

 private:
  // Its pictures are kept where results of pictures are, or else as long as this object.
  void add_round_trip(ImageSources& sources) {
    use_fused_kernels(run_.device);
    if (run_.settings.cache_folder.empty()) round_trip_folder_.emplace();
    const std::string key = wanted_.checkpoint_sha256.substr(0, 16);
    const RoundTripSettings settings{run_.device, key,
                                     round_trip_folder_
                                         ? round_trip_folder_->path()
                                         : std::filesystem::path(run_.settings.cache_folder) / kVaeRoundTrip};
    StableDiffusion model(wanted_.checkpoint, wanted_.model, {run_.device, at::kFloat});
    const std::vector<Sample> made = vae_round_trip(sources.references, model, settings, face_progress(kVaeRoundTrip));
    sources.probes.insert(sources.probes.begin(), made.begin(), made.end());
  }

  std::vector<AnalysedFace> faces() const {
    std::vector<AnalysedFace> all;
    for (const EvaluatedImage& image : images_) all.push_back(image.face);
    return all;
  }

  void write_matrix(const std::filesystem::path& folder, std::size_t m) const {
    const auto& matcher = run_.networks.matchers[m];
    const auto columns = static_cast<std::size_t>(matcher.object->info().embedding_size);
    std::vector<float> values;
    for (const EvaluatedImage& image : images_) {
      const std::vector<float>& row = image.face.embeddings[m];
      values.insert(values.end(), row.begin(), row.end());
      if (row.empty()) values.resize(values.size() + columns, std::numeric_limits<float>::quiet_NaN());
    }
    write_npy(folder / (matcher.identity.name + ".npy"), values, static_cast<std::int64_t>(images_.size()),
              static_cast<std::int64_t>(columns));
  }

  const EvaluateOptions& wanted_;
  const FaceRun run_;
  std::vector<EvaluatedImage> images_;
  LeftOut left_out_;
  std::optional<TemporaryFolder> round_trip_folder_;
};

FaceRun load_networks(const Options& options, const GlobalOptions& globals, const EvaluateConfig& config) {
  FaceRun run = read_face_run(options, globals, config);
  if (run.settings.policy == FacePolicy::kAll) throw UsageError("--faces all: evaluate takes one face of each image");
  return run;
}

}  // namespace

int run_evaluate(const GlobalOptions& globals, const Arguments& arguments) {
  Options options(
      "evaluate --references DIR --probes DIR [OPTION\u2026]",
      "How well faces are recognised after editing: error rates with intervals, for every matcher, method and "
      "group.\nThresholds come from real pictures and are applied unchanged to edited ones. DIR gets "
      "report.html, results.json,\ntables as CSV and LaTeX, embeddings and plots.");
  describe_evaluate_options(options);
  describe_matcher_options(options, EvaluateConfig{});
  describe_face_options(options, EvaluateConfig{});
  if (!options.parse(arguments)) return 0;
  EvaluateOptions wanted = read_evaluate_options(options);
  check_report_folder(wanted.out, wanted.overwrite);
  std::vector<AttributeSuccess> attributes;
  if (!wanted.answers.empty()) attributes = read_attribute_answers(wanted.answers);
  std::optional<ImageEvaluation> images;
  std::set<std::string> told;  // warnings that need not wait for the figures
  if (!wanted.scores) {
    images.emplace(wanted, load_networks(options, globals, wanted.config));
    std::vector<MatcherFacts> facts = images->facts();
    mark_trained(facts, wanted);  // refused before any picture is looked at
    images->check();
    for (const UnmatchedNames& unmatched : unmatched_in_sources(wanted.images, wanted.settings))
      log_warning(*told.insert(warning_of(unmatched)).first);
    hash_checkpoint(wanted);
  }
  ScoreSource source = images ? images->score() : read_scores(*wanted.scores);
  mark_trained(source.facts, wanted);
  throw_if_interrupted();
  Evaluation evaluation = [&] {
    try {
      return evaluate_scores(std::move(source.scores), source.facts, wanted.settings);
    } catch (const Error& error) {
      if (!wanted.scores) throw;
      throw Error(wanted.scores->path.string() + ": " + error.what());
    }
  }();
  evaluation.inputs = source.inputs;
  evaluation.attributes = attributes;
  if (!wanted.answers.empty()) evaluation.attribute_source = wanted.answers.filename().string();
  add_unmatched(unmatched_in_answers(evaluation), evaluation);
  if (images) images->describe(evaluation);
  for (const std::string& warning : evaluation.warnings)
    if (!told.count(warning)) log_warning(warning);
  write_report(evaluation, wanted.out, wanted.overwrite);
  if (images) images->write_embeddings(wanted.out / "embeddings");
  print_summary(evaluation);
  log_info("report: " + (wanted.out / "report.html").string());
  return 0;
}

}  // namespace miafr
