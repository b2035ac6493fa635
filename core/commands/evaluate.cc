// miafr evaluate: how well matchers tell persons apart, and how much of that an edit leaves.
#include <algorithm>
#include <iostream>
#include <map>

#include "core/commands/evaluate_options.h"
#include "core/commands/face_options.h"
#include "core/io/csv.h"
#include "core/io/npy.h"
#include "core/io/sha256.h"
#include "core/metrics/scores_csv.h"
#include "core/pipeline/evaluation_folder.h"
#include "core/report/attribute_answers.h"
#include "core/report/tables.h"
#include "core/report/warnings.h"
#include "core/runtime/errors.h"
#include "core/runtime/interrupt.h"
#include "core/runtime/log.h"
#include "core/runtime/shown.h"
#include "core/version.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

// The comparisons of every matcher, before any figure.
struct Scored {
  std::vector<MatcherFacts> matchers;
  std::vector<ScoreTable> tables;
};

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

void check_judges(const Scored& scored, const EvaluateWanted& wanted) {
  std::string known;
  for (const MatcherFacts& facts : scored.matchers) known += (known.empty() ? "" : ", ") + facts.name;
  for (const std::string& name : wanted.trained_against) {
    const auto same = [&](const MatcherFacts& facts) { return facts.name == name; };
    if (std::none_of(scored.matchers.begin(), scored.matchers.end(), same))
      log_warning("--trained-against " + miafr::quoted(name) + " is not among the matchers: " + known);
  }
  const auto trained = [](const MatcherFacts& facts) { return facts.trained_against; };
  if (std::all_of(scored.matchers.begin(), scored.matchers.end(), trained) && !wanted.allow_trained_only)
    throw UsageError("the model was trained against " + known +
                     ", so nobody independent judges it; add another --matcher, or give --allow-trained-only");
}

Scored read_scores(const EvaluateWanted& wanted) {
  Scored scored;
  for (const ScoresFile& source : wanted.scores) {
    ScoresCsv read = read_scores_csv(source.file, wanted.score_kind);
    for (const std::string& column : read.ignored_columns)
      log_warning(source.file.string() + ": column " + miafr::quoted(column) + " is not used");
    MatcherFacts facts;
    facts.name = source.matcher;
    facts.trained_against = contains(wanted.trained_against, facts.name);
    scored.matchers.push_back(facts);
    scored.tables.push_back(std::move(read.table));
    throw_if_interrupted();
  }
  return scored;
}

MatcherFacts facts_of(const PluginIdentity& plugin, const EvaluateWanted& wanted) {
  MatcherFacts facts;
  facts.name = plugin.name;
  facts.version = plugin.version;
  for (const std::string& file : plugin.weights) facts.weights += (facts.weights.empty() ? "" : ", ") + file;
  facts.weights_sha256 = plugin.weights_sha256;
  facts.licence = plugin.licence;
  facts.params = plugin.params;
  facts.trained_against = contains(wanted.trained_against, plugin.name);
  return facts;
}

void warn_of_left_out(const LeftOut& left_out, Evaluation& evaluation) {
  if (left_out.same_file > 0)
    evaluation.warnings.push_back(std::to_string(left_out.same_file) +
                                  " comparisons of two copies of one file are left out");
  if (left_out.near_duplicates > 0)
    evaluation.warnings.push_back(std::to_string(left_out.near_duplicates) +
                                  " genuine comparisons of references that look like one photo are left out");
}

// The images of a list of pairs, each once, in the order in which they come.
class PairImages {
 public:
  explicit PairImages(const std::vector<SamplePair>& pairs) {
    for (const SamplePair& pair : pairs)
      indexed_.push_back({index_of(pair.a), index_of(pair.b), pair.genuine, pair.group});
  }
  const std::vector<Sample>& images() const { return images_; }
  const std::vector<IndexedPair>& pairs() const { return indexed_; }

 private:
  std::size_t index_of(const fs::path& file) {
    const auto [found, is_new] = index_.try_emplace(file, images_.size());
    if (is_new) images_.push_back({file, file.filename().string(), "", "", ""});
    return found->second;
  }

  std::map<fs::path, std::size_t> index_;
  std::vector<Sample> images_;
  std::vector<IndexedPair> indexed_;
};

void write_embeddings(const EvaluationFolder& folder, const std::vector<EvaluatedImage>& images,
                      const FaceNetworks& networks) {
  fs::create_directories(folder.path() / "embeddings");
  std::string list = "image,subject,group,sha256,failure\n";
  for (const EvaluatedImage& image : images)
    list += csv_field(image.sample.name) + "," + csv_field(image.sample.subject) + "," + csv_field(image.group()) +
            "," + image.face.sha256 + "," + csv_field(image.face.failure) + "\n";
  folder.add_text("embeddings/images.csv", list);
  for (std::size_t m = 0; m < networks.matchers.size(); ++m) {
    const std::int64_t size = networks.matchers[m].object->info().embedding_size;
    std::vector<float> values;
    for (const EvaluatedImage& image : images) {
      const std::vector<float>& row = image.face.embeddings[m];
      if (row.empty())
        values.resize(values.size() + size, std::numeric_limits<float>::quiet_NaN());
      else
        values.insert(values.end(), row.begin(), row.end());
    }
    write_npy(folder.path() / "embeddings" / (networks.matchers[m].identity.name + ".npy"), values,
              static_cast<std::int64_t>(images.size()), size);
  }
}

void describe_run(const Options& options, const EvaluateWanted& wanted, Evaluation& evaluation) {
  evaluation.program = std::string("miafr ") + kVersion;
  if (!wanted.title.empty()) evaluation.title = wanted.title;
  evaluation.targets = wanted.options.targets;
  const auto add = [&](const std::string& name, const std::string& value) {
    evaluation.settings.emplace_back(name, value);
  };
  add("bootstrap replicates", std::to_string(wanted.options.replicates));
  add("bootstrap seed", std::to_string(wanted.options.seed));
  for (const char* name : {"references", "probes", "pairs"})
    if (options.has(name)) add(name, fs::path(options.get<std::string>(name)).lexically_normal().filename().string());
  for (const std::string& method : options.list("methods"))
    add("method", method.substr(0, method.find('=')) + " = " +
                      fs::path(method.substr(method.find('=') + 1)).lexically_normal().filename().string());
  if (options.has("min-quality")) add("least quality", options.get<std::string>("min-quality"));
  if (wanted.scores.empty()) add("faces", options.has("faces") ? options.get<std::string>("faces") : "largest");
}

// Loads nothing of LibTorch's when there are scores already.
class ImageEvaluation {
 public:
  ImageEvaluation(const EvaluateWanted& wanted, FaceRun run) : wanted_(wanted), run_(std::move(run)) {}

  Scored score(Evaluation& evaluation) {
    for (const auto& matcher : run_.networks.matchers) scored_.matchers.push_back(facts_of(matcher.identity, wanted_));
    check_judges(scored_, wanted_);
    const PairImages pairs(wanted_.pairs);
    ImageSources sources = wanted_.sources;
    if (!wanted_.pairs.empty()) sources.probes = pairs.images();
    images_ = analyse_samples(sources, run_.networks, run_.settings, face_progress("evaluate"));
    const auto quiet = [](std::int64_t, std::int64_t) { throw_if_interrupted(); };
    LeftOut left_out;
    for (std::size_t m = 0; m < run_.networks.matchers.size(); ++m)
      scored_.tables.push_back(wanted_.pairs.empty() ? compare_all(images_, run_.networks, m, left_out, quiet)
                                                     : compare_pairs(images_, pairs.pairs(), run_.networks, m, quiet));
    warn_of_left_out(left_out, evaluation);
    describe_plugins(evaluation);
    return std::move(scored_);
  }

  void describe(const std::vector<ScoreTable>& tables, const EvaluationFolder& folder, Evaluation& evaluation) const {
    describe_images(images_, run_.networks, tables, evaluation);
    write_embeddings(folder, images_, run_.networks);
  }

 private:
  void describe_plugins(Evaluation& evaluation) const {
    const auto add = [&](const PluginIdentity& plugin) {
      std::string text = plugin.name + " " + plugin.version;
      for (const auto& [name, value] : plugin.params) text += ", " + name + " " + value;
      evaluation.settings.emplace_back(plugin.kind, text);
    };
    if (run_.networks.detector) add(run_.networks.detector.identity);
    if (run_.networks.age) add(run_.networks.age.identity);
    for (const auto& quality : run_.networks.quality) add(quality.identity);
  }

  const EvaluateWanted& wanted_;
  const FaceRun run_;
  Scored scored_;
  std::vector<EvaluatedImage> images_;
};

}  // namespace

int run_evaluate(const GlobalOptions& globals, const Arguments& arguments) {
  Options options(
      "evaluate",
      "Measures how well face matchers tell persons apart, and how much of that edited images keep: FNMR at "
      "fixed FMR,\nEER, DET, with intervals, failures counted. Thresholds come from the real images and are "
      "applied unchanged.");
  describe_evaluate_options(options);
  describe_matcher_options(options);
  describe_face_options(options);
  if (!options.parse(arguments)) return 0;
  const EvaluateWanted wanted = read_evaluate_options(options);
  Evaluation evaluation;
  describe_run(options, wanted, evaluation);
  if (!wanted.answers.empty()) evaluation.attributes = read_attribute_answers(wanted.answers);
  const EvaluationFolder folder(wanted.out, wanted.overwrite);

  std::optional<ImageEvaluation> images;
  Scored scored;
  if (wanted.scores.empty()) {
    if (!options.has("age")) options.set_default("age", "dlib_age");
    if (!options.has("quality")) options.set_default("quality", "face_measures");
    images.emplace(wanted, read_face_run(options, globals, {"dlib_resnet"}));
    scored = images->score(evaluation);
  } else {
    scored = read_scores(wanted);
    check_judges(scored, wanted);
  }
  for (std::size_t m = 0; m < scored.tables.size(); ++m) {
    evaluation.matchers.push_back(evaluate_scores(scored.matchers[m], scored.tables[m], wanted.options));
    evaluation.matchers.back().scores_file =
        folder.add_scores(scored.matchers[m].name, scored.tables.size() == 1, scored.tables[m]);
    throw_if_interrupted();
  }
  if (images) images->describe(scored.tables, folder, evaluation);
  const std::vector<std::string> warnings = warnings_of(evaluation);
  evaluation.warnings.insert(evaluation.warnings.begin(), warnings.begin(), warnings.end());
  folder.add_tables(evaluation);
  for (const std::string& warning : evaluation.warnings) log_warning(warning);
  std::cout << summary_text(evaluation) << folder.path().string() << "\n";
  return 0;
}

}  // namespace miafr
