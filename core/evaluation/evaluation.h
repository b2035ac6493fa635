// What an evaluation found: plain data, from scores alone or from pictures, for every writer of the report.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/evaluation/unmatched_names.h"
#include "core/metrics/acquisition.h"
#include "core/metrics/bootstrap.h"
#include "core/metrics/discard_curve.h"
#include "core/metrics/error_curve.h"
#include "core/metrics/histogram.h"
#include "core/metrics/identification.h"
#include "core/metrics/method_change.h"
#include "core/metrics/operating_point.h"
#include "core/metrics/scores_csv.h"
#include "core/metrics/summary.h"

namespace miafr {

// Pictures that nothing edited, and all groups together, as they are called in tables. Rows of a scores.csv that say so
// themselves mean the same as empty ones.
inline constexpr const char* kOriginal = "original";
inline constexpr const char* kAllGroups = "all";
// What a file with groups, but without a column for methods, calls the method of its rows.
inline constexpr const char* kEdited = "edited";
// A method with this name is the ceiling: references that went through the autoencoder and back, and nothing else.
inline constexpr const char* kVaeRoundTrip = "vae_round_trip";

struct EvaluationSettings {
  std::string title = "Face recognition after editing";
  std::vector<double> fmr_targets = {0.1, 0.01, 0.001};  // over 0, at most 1
  bool intervals = true;                                 // bootstrap over subjects
  BootstrapOptions bootstrap;
  bool allow_trained_judge = false;  // where a loss was trained against every matcher there is
  std::string baseline;              // method that the others are compared with; empty: see evaluate_scores
  std::map<std::string, std::string> demographics;  // group by person; empty: not known
};

// ---- per matcher --------------------------------------------------------------------------------------------------

struct MatcherFacts {
  std::string name;              // as in scores.csv; may be empty
  std::string version;           // may be empty
  std::string weights_sha256;    // may be empty
  bool trained_against = false;  // a loss used it: its verdict on that method is not independent
};

// Whose impostor scores the thresholds of a method come from.
enum class ThresholdSource {
  kReal,  // impostors of unedited pictures, as it should be
  kOwn,   // the method's own, as there are no others
  kNone   // no impostor score at all: no thresholds
};

// Error rates of one set of comparisons at one threshold.
struct OperatingResult {
  double target = 0;      // FMR asked for
  TargetPoint threshold;  // with the error rates on the list it was chosen on
  OperatingPoint point;   // and on these comparisons
  Rate gfar;              // false accepts of all impostor attempts: those without a score count as rejected
  std::optional<BootstrapInterval> fmr_interval, fnmr_interval, gfrr_interval;  // nothing where persons are not named
};

// The comparisons of one method and one group.
struct CellResult {
  std::string group;                   // empty: all groups
  std::optional<bool> reference_seen;  // only those whose reference was, or was not, among the training pictures
  std::int64_t subjects = 0;           // 0: not named
  std::int64_t genuine = 0, impostor = 0, failed_genuine = 0, failed_impostor = 0;  // with and without a score
  std::vector<FailureCount> failures;
  std::optional<AcquisitionCounts> acquisition;     // where pictures are known
  std::optional<CumulativeMatches> identification;  // where probes were searched among several persons
  std::optional<BootstrapInterval> rank_one_interval;
  std::optional<EqualErrorRate> eer;  // on these comparisons' own two lists
  std::optional<BootstrapInterval> eer_interval;
  std::optional<double> auc, d_prime;
  std::optional<ListSummary> genuine_scores, impostor_scores;
  std::vector<OperatingResult> points;  // in the order of the targets; empty without thresholds
};

// The 95 % interval of FNMR where the threshold is chosen anew for that FMR in each bootstrap replicate.
struct BandPoint {
  double fmr = 0;
  Interval fnmr;
};

struct MethodResult {
  std::string method;  // empty: real pictures
  ThresholdSource source = ThresholdSource::kNone;
  std::vector<CellResult> cells;  // all groups, then each one, then by references seen in training
  ErrorCurve curve;               // FMR on the impostors that thresholds come from; thinned; no points without them
  std::vector<BandPoint> band;
  std::vector<CellResult> demographics;  // of each group of persons, compared among each other at the same thresholds
  std::vector<DiscardPoint> discard;  // GFRR against share discarded at the headline target; where qualities are known
};

struct ChangeResult {
  std::string method, group;
  double target = 0;
  MethodChange fnmr, gfrr;
};

struct MatcherResult {
  MatcherFacts facts;
  ScoreKind kind = ScoreKind::kSimilarity;
  PairAudit audit;
  std::vector<MethodResult> methods;  // real pictures first, where there are any
  std::string baseline;               // of the changes; empty also for real pictures
  std::vector<ChangeResult> changes;
  Histograms histograms;  // a genuine and an impostor list of each method, in turn
};

// ---- optional parts, filled where there are pictures ---------------------------------------------------------------

struct ImageRecord {
  std::string matcher;  // empty: true of all of them
  std::string image, subject, method, group;
  bool reference = false;
  std::string failure_stage, failure;                               // "detect", "no face"; empty: none
  std::string detail;                                               // the failure in words
  double face_score = std::numeric_limits<double>::quiet_NaN();     // the detector's confidence
  double apparent_age = std::numeric_limits<double>::quiet_NaN();   // years
  double reference_age = std::numeric_limits<double>::quiet_NaN();  // of that person's real pictures, by the same net
  std::vector<double> measures;  // one for each of Evaluation::image_measures; NaN where there is none
};

struct Picture {
  std::string mime, bytes;  // "image/png" or "image/jpeg", and the file
  std::string text;         // what it is, for who cannot see it
};

struct PairPicture {
  std::string matcher;
  bool genuine = false;  // one of the worst genuine pairs; else one of the closest impostor pairs
  double score = 0;
  Picture probe, reference;
  std::string caption;
};

struct EmbeddingPoint {
  std::string subject, method, group;
  double x = 0, y = 0;
};
struct EmbeddingMap {
  std::string matcher, technique;  // "PCA", "t-SNE"
  std::vector<EmbeddingPoint> points;
  std::int64_t faces = 0;  // that there are, where `points` are some of them
};

struct AttributeSuccess {
  std::string method, attribute;
  std::int64_t correct = 0, asked = 0;
};

struct PictureGrid {
  struct Row {
    std::string name;
    std::vector<std::optional<Picture>> pictures;  // one for each column
  };
  std::string title;
  std::vector<std::string> columns;
  std::vector<Row> rows;
};

// ---- all of it -----------------------------------------------------------------------------------------------------

// Pictures that a method was trained on.
struct TrainingPictures {
  std::int64_t pictures = 0, references = 0;  // references: that are among them, by file or by look
};

struct InputFile {
  std::string name, sha256;  // without its folder: paths are nobody's business
};

struct Evaluation {
  EvaluationSettings settings;
  std::string source = "scores";  // or "images"
  std::vector<InputFile> inputs;
  std::vector<MatcherScores> scores;  // what all figures follow from
  std::vector<MatcherResult> matchers;
  std::vector<std::string> warnings;      // sentences for the top of the report
  std::vector<UnmatchedNames> unmatched;  // lists of names that do not join, each told by one of the warnings
  double headline_target = 0;             // the lowest target that every matcher's thresholds resolve

  std::vector<ImageRecord> images;
  std::vector<std::string> image_measures;  // names of the qualities that each picture was measured by
  std::vector<PairPicture> pairs;
  std::vector<EmbeddingMap> maps;
  std::vector<AttributeSuccess> attributes;
  std::string attribute_source;  // who answered
  std::optional<TrainingPictures> training;
  std::vector<PictureGrid> grids;
};

}  // namespace miafr
