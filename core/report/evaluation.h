// An evaluation as numbers: what evaluate_scores computes and every writer of this folder prints. Plain data, free of
// LibTorch, so that a report can be made of scores alone.
//
// The rules: a comparison is accepted at score >= t (similarity) or <= t (distance), equal scores together. The
// threshold for a target FMR is the most permissive observed score whose FMR on real impostors does not exceed the
// target (operating_point.h); it is then applied unchanged to every group of edited images.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/metrics/error_curve.h"
#include "core/metrics/histogram.h"
#include "core/metrics/method_change.h"
#include "core/metrics/operating_point.h"
#include "core/metrics/score_table.h"
#include "core/metrics/summary.h"

namespace miafr {

// The group of comparisons between unedited images, from which thresholds come. A group without a name is it, too.
inline constexpr const char* kOriginalGroup = "original";

// "METHOD/LABEL" -> its parts; a name without a slash is a label without a method.
struct GroupName {
  std::string method, label;
};
GroupName parse_group(const std::string& group);

struct MatcherFacts {
  std::string name, version, weights, weights_sha256, licence;
  std::vector<std::pair<std::string, std::string>> params;
  bool trained_against = false;  // a loss of the evaluated model was trained with it: its scores flatter
};

struct ThresholdResult {
  double target = 0;
  TargetPoint point;          // on the impostors that it was chosen on
  bool from_original = true;  // else on all impostors of the table, edited ones among them
};

struct OperatingResult {
  double target = 0;
  OperatingPoint at;       // the group's own rates at the matcher's threshold
  bool resolvable = true;  // of the threshold: target >= 1 / impostors it was chosen on
  Interval fmr_wilson, fnmr_wilson, gfrr_wilson;
  std::optional<Interval> fmr_bootstrap, fnmr_bootstrap, gfrr_bootstrap;  // over persons; none where they are not named
};

struct GroupResult {
  std::string group, method, label;
  std::int64_t subjects = 0;               // with a genuine comparison
  std::int64_t genuine = 0, impostor = 0;  // with a score
  std::vector<FailureCount> failures;      // comparisons without one, by reason
  std::optional<EqualErrorRate> eer;
  std::optional<Interval> eer_bootstrap;
  std::optional<double> auc, d_prime;
  std::optional<ListSummary> genuine_scores, impostor_scores;
  std::vector<OperatingResult> operating;   // one for each threshold; none where no threshold exists
  ErrorCurve curve;                         // thinned for plotting
  std::vector<std::string> not_computable;  // "EER: no impostor comparison"
};

struct ChangeResult {
  std::string method, baseline, label;  // label "": all labels together
  double target = 0;
  MethodChange change;  // of GFRR: failures count as rejected
};

struct WorstPair {
  std::string probe, reference, subject_probe, subject_reference, group;
  double score = 0;
};

struct DiscardResult {
  std::string measure;
  double target = 0;
  std::vector<DiscardPoint> curve;
};

struct MatcherResult {
  MatcherFacts facts;
  ScoreKind kind = ScoreKind::kSimilarity;
  std::string scores_file;  // in the output folder
  std::vector<ThresholdResult> thresholds;
  std::vector<GroupResult> groups;  // the original one first, then by method and label
  std::vector<ChangeResult> changes;
  Histograms histograms;  // genuine and impostor list of each group, in order
  std::vector<WorstPair> worst_genuine, closest_impostors;
  std::vector<DiscardResult> discard;
  PairAudit audit;
};

// One image that could not be used, wholly or by one matcher.
struct ImageFailure {
  std::string image, subject, group, stage, reason, detail;
};

// Images of one group by how they were acquired.
struct AcquisitionResult {
  std::string group;
  std::int64_t images = 0, used = 0;
  std::map<std::string, std::int64_t> failures;  // by reason
};

struct AgeOfImage {
  std::string image, subject, group;
  double apparent = 0;                 // years
  std::optional<double> of_reference;  // mean apparent age of the person's references
  std::optional<double> identity;      // mean score against the person's references, by the first matcher
};

struct QualityOfImage {
  std::string image, group;
  std::map<std::string, double> scores;  // "plugin.measure" -> 0..100
};

struct EmbeddingPoint {
  std::string subject, group;
  double x = 0, y = 0;  // principal components
};

struct AttributeSuccess {
  std::string method, label, source;  // source: who answered
  Rate success;                       // "yes" of all answers; errors counts the successes
  Interval wilson;
};

struct Picture {
  std::string png;  // the file's bytes
  std::int64_t width = 0, height = 0;
};

struct Evaluation {
  std::string title = "Face recognition evaluation";
  std::string program;                                        // "miafr 0.1"
  std::vector<std::pair<std::string, std::string>> settings;  // what was asked for, in order
  std::vector<double> targets;                                // FMR, descending
  std::vector<MatcherResult> matchers;
  std::vector<std::string> warnings;  // to be shown first

  // Where there were images; empty otherwise.
  std::vector<AcquisitionResult> acquisition;
  std::vector<ImageFailure> failures;
  std::vector<AgeOfImage> ages;
  std::vector<QualityOfImage> qualities;
  std::map<std::string, std::vector<EmbeddingPoint>> embeddings;  // by matcher
  std::vector<AttributeSuccess> attributes;
  std::map<std::string, Picture> thumbnails;   // by image name
  std::vector<std::vector<std::string>> grid;  // rows of image names: a subject each
  std::vector<std::string> grid_labels;        // of its columns
};

struct EvaluateOptions {
  std::vector<double> targets{0.1, 0.01, 0.001};
  std::string baseline;            // method that the others are compared with; "": the first in alphabetical order
  std::int64_t replicates = 1000;  // of the bootstrap; 0: no intervals over persons
  std::uint64_t seed = 1;
  std::size_t worst_pairs = 8;
};

// Everything that follows from one matcher's comparisons. Throws Error only where nothing can be computed: a table
// without a single score.
MatcherResult evaluate_scores(const MatcherFacts& facts, const ScoreTable& table, const EvaluateOptions& options);

}  // namespace miafr
