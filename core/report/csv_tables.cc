#include "core/report/csv_tables.h"

#include <cmath>
#include <map>

#include "core/io/csv.h"
#include "core/report/text.h"

namespace miafr {
namespace {

// Appends rows; numbers are written as they are, texts made safe for a spreadsheet.
class Rows {
 public:
  explicit Rows(const char* header) : text_(std::string(header) + "\n") {}

  Rows& operator<<(const std::string& text) { return raw(csv_field(text)); }
  Rows& operator<<(const char* text) { return raw(csv_field(text)); }
  Rows& operator<<(double value) { return raw(shortest(value)); }
  Rows& operator<<(std::int64_t count) { return raw(std::to_string(count)); }
  Rows& operator<<(const Interval& interval) { return *this << interval.low << interval.high; }
  Rows& operator<<(const std::optional<BootstrapInterval>& interval) {
    return *this << (interval ? interval->interval : Interval{std::nan(""), std::nan("")});
  }
  void end_row() {
    text_.back() = '\n';  // in place of the last comma
  }
  std::string take() { return std::move(text_); }

 private:
  Rows& raw(const std::string& field) {
    text_ += field;
    text_ += ',';
    return *this;
  }
  std::string text_;
};

std::string seen_text(const CellResult& cell) {
  return !cell.reference_seen ? "" : *cell.reference_seen ? "yes" : "no";
}

// Calls visit(matcher, method, cell) for every cell.
template <class Visit>
void for_each_cell(const Evaluation& evaluation, Visit visit) {
  for (const MatcherResult& matcher : evaluation.matchers)
    for (const MethodResult& method : matcher.methods)
      for (const CellResult& cell : method.cells) visit(matcher, method, cell);
}

Rows& begin_row(Rows& rows, const MatcherResult& matcher, const MethodResult& method, const CellResult& cell) {
  return rows << matcher_text(matcher.facts) << (method.method.empty() ? kOriginal : method.method)
              << (cell.group.empty() ? kAllGroups : cell.group) << seen_text(cell);
}

}  // namespace

std::string summary_csv(const Evaluation& evaluation) {
  Rows rows("matcher,method,group,reference_seen,metric,target_fmr,value,low,high,n");
  const Interval none{std::nan(""), std::nan("")};
  for_each_cell(evaluation, [&](const auto& matcher, const auto& method, const CellResult& cell) {
    const auto row = [&](const char* metric, double target, double value, const Interval& interval, std::int64_t n) {
      if (std::isnan(value)) return;
      begin_row(rows, matcher, method, cell) << metric << target << value << interval << n;
      rows.end_row();
    };
    const double no_target = std::nan("");
    const std::int64_t both = cell.genuine + cell.impostor, failed = cell.failed_genuine + cell.failed_impostor;
    const Rate without_score{failed, both + failed};
    if (cell.acquisition)
      for (const auto& [metric, rate] :
           {std::pair("fta", cell.acquisition->fta), std::pair("fte", cell.acquisition->fte)})
        row(metric, no_target, rate.value(), wilson_95(rate), rate.trials);
    row("failed_comparisons", no_target, without_score.value(), wilson_95(without_score), without_score.trials);
    if (cell.identification) {
      const Rate first = cell.identification->at_rank(1);
      row("rank1", no_target, first.value(), best_interval(first, cell.rank_one_interval), first.trials);
    }
    if (cell.eer) row("eer", no_target, cell.eer->value, cell.eer_interval ? cell.eer_interval->interval : none, both);
    if (cell.auc) row("auc", no_target, *cell.auc, none, both);
    if (cell.d_prime) row("dprime", no_target, *cell.d_prime, none, both);
    if (cell.genuine_scores) row("genuine_mean", no_target, cell.genuine_scores->mean, none, cell.genuine);
    if (cell.impostor_scores) row("impostor_mean", no_target, cell.impostor_scores->mean, none, cell.impostor);
    for (const OperatingResult& at : cell.points) {
      const auto rate = [&](const char* metric, const Rate& r, const std::optional<BootstrapInterval>& interval) {
        row(metric, at.target, r.value(), best_interval(r, interval), r.trials);
      };
      rate("fmr", at.point.fmr, at.fmr_interval);
      rate("fnmr", at.point.fnmr, at.fnmr_interval);
      rate("gfrr", at.point.gfrr, at.gfrr_interval);
      rate("gfar", at.gfar, std::nullopt);
    }
  });
  return rows.take();
}

std::string operating_points_csv(const Evaluation& evaluation) {
  Rows rows(
      "matcher,method,group,reference_seen,target_fmr,thresholds_from,resolvable,threshold,threshold_fmr,false_matches,"
      "impostor,fmr,fmr_wilson_low,fmr_wilson_high,fmr_bootstrap_low,fmr_bootstrap_high,false_non_matches,genuine,fnmr,"
      "fnmr_wilson_low,fnmr_wilson_high,fnmr_bootstrap_low,fnmr_bootstrap_high,genuine_failed,gfrr,impostor_failed,"
      "gfar");
  for_each_cell(evaluation, [&](const auto& matcher, const MethodResult& method, const CellResult& cell) {
    for (const OperatingResult& at : cell.points) {
      begin_row(rows, matcher, method, cell)
          << at.target << (method.source == ThresholdSource::kReal ? "real" : "own")
          << (at.threshold.resolvable ? "yes" : "no") << at.threshold.point.threshold << at.threshold.point.fmr.value()
          << at.point.fmr.errors << at.point.fmr.trials << at.point.fmr.value() << wilson_95(at.point.fmr)
          << at.fmr_interval << at.point.fnmr.errors << at.point.fnmr.trials << at.point.fnmr.value()
          << wilson_95(at.point.fnmr) << at.fnmr_interval << cell.failed_genuine << at.point.gfrr.value()
          << cell.failed_impostor << at.gfar.value();
      rows.end_row();
    }
  });
  return rows.take();
}

std::string det_csv(const Evaluation& evaluation) {
  Rows rows("matcher,method,threshold,fmr,fnmr,false_matches,impostor,false_non_matches,genuine");
  for (const MatcherResult& matcher : evaluation.matchers)
    for (const MethodResult& method : matcher.methods)
      for (const CurvePoint& point : method.curve.points) {
        const ErrorCurve& curve = method.curve;
        rows << matcher_text(matcher.facts) << (method.method.empty() ? kOriginal : method.method) << point.threshold
             << curve.fmr(point) << curve.fnmr(point) << point.false_matches << curve.impostor
             << point.false_non_matches << curve.genuine;
        rows.end_row();
      }
  return rows.take();
}

std::string changes_csv(const Evaluation& evaluation) {
  Rows rows(
      "matcher,baseline,method,group,target_fmr,metric,baseline_rate,method_rate,difference,difference_low,difference_"
      "high,"
      "relative,relative_low,relative_high,subjects,only_in_baseline,only_in_method");
  for (const MatcherResult& matcher : evaluation.matchers)
    for (const ChangeResult& change : matcher.changes)
      for (const auto& [metric, of] : {std::pair("fnmr", &change.fnmr), std::pair("gfrr", &change.gfrr)}) {
        rows << matcher_text(matcher.facts) << (matcher.baseline.empty() ? kOriginal : matcher.baseline)
             << change.method << (change.group.empty() ? kAllGroups : change.group) << change.target << metric
             << of->baseline.value() << of->other.value() << of->difference << of->difference_interval.interval
             << of->relative.value_or(std::nan("")) << of->relative_interval.interval << of->subjects
             << of->only_in_baseline << of->only_in_other;
        rows.end_row();
      }
  return rows.take();
}

std::string demographics_csv(const Evaluation& evaluation) {
  Rows rows(
      "matcher,method,demographic_group,subjects,target_fmr,threshold,false_matches,impostor,fmr,fmr_low,fmr_high,"
      "false_non_matches,genuine,fnmr,fnmr_low,fnmr_high,genuine_failed,gfrr");
  for (const MatcherResult& matcher : evaluation.matchers)
    for (const MethodResult& method : matcher.methods)
      for (const CellResult& cell : method.demographics)
        for (const OperatingResult& at : cell.points) {
          rows << matcher_text(matcher.facts) << (method.method.empty() ? kOriginal : method.method) << cell.group
               << cell.subjects << at.target << at.threshold.point.threshold << at.point.fmr.errors
               << at.point.fmr.trials << at.point.fmr.value() << best_interval(at.point.fmr, at.fmr_interval)
               << at.point.fnmr.errors << at.point.fnmr.trials << at.point.fnmr.value()
               << best_interval(at.point.fnmr, at.fnmr_interval) << cell.failed_genuine << at.point.gfrr.value();
          rows.end_row();
        }
  return rows.take();
}

std::string cmc_csv(const Evaluation& evaluation) {
  Rows rows("matcher,method,group,reference_seen,rank,found,probes,rate");
  for_each_cell(evaluation, [&](const auto& matcher, const auto& method, const CellResult& cell) {
    if (!cell.identification) return;
    for (std::int64_t rank = 1; rank <= cell.identification->gallery; ++rank) {
      const Rate rate = cell.identification->at_rank(rank);
      begin_row(rows, matcher, method, cell) << rank << rate.errors << rate.trials << rate.value();
      rows.end_row();
    }
  });
  return rows.take();
}

std::string failures_csv(const Evaluation& evaluation) {
  Rows rows("what,matcher,method,group,probe,reference,subject_probe,subject_reference,label,stage,reason");
  for (const ImageRecord& image : evaluation.images) {
    if (image.failure.empty()) continue;
    rows << "image" << image.matcher << image.method << image.group << (image.reference ? "" : image.image)
         << (image.reference ? image.image : "") << image.subject << ""
         << "" << image.failure_stage << image.failure;
    rows.end_row();
  }
  for (const MatcherScores& one : evaluation.scores)
    for (std::size_t row = 0; row < one.table.size(); ++row) {
      if (!one.table.failed(row)) continue;
      const ScoredPair pair = one.table[row];
      rows << "comparison" << one.matcher << std::string(pair.method) << std::string(pair.group)
           << std::string(pair.probe) << std::string(pair.reference) << std::string(pair.subject_probe)
           << std::string(pair.subject_reference) << (pair.genuine ? "genuine" : "impostor") << "compare"
           << std::string(pair.failure);
      rows.end_row();
    }
  return rows.take();
}

std::string images_csv(const Evaluation& evaluation) {
  std::map<std::pair<std::string, std::string>, std::string> failures;  // of single matchers, by image and method
  for (const ImageRecord& image : evaluation.images) {
    if (image.matcher.empty()) continue;
    std::string& text = failures[{image.image, image.method}];
    text += (text.empty() ? "" : "; ") + image.matcher + ": " + image.failure;
  }
  std::string header = "file,role,subject,method,label,status,reason,detail,face_score,apparent_age";
  for (const std::string& name : evaluation.image_measures) header += "," + csv_field(name);
  Rows rows(header.c_str());
  for (const ImageRecord& image : evaluation.images) {
    if (!image.matcher.empty()) continue;
    const auto of_matcher = failures.find({image.image, image.method});
    const std::string reason =
        image.failure.empty() && of_matcher != failures.end() ? of_matcher->second : image.failure;
    rows << image.image << (image.reference ? "reference" : "probe") << image.subject << image.method << image.group
         << (reason.empty() ? "ok" : "failed") << reason << image.detail << image.face_score << image.apparent_age;
    for (std::size_t i = 0; i < evaluation.image_measures.size(); ++i)
      rows << (i < image.measures.size() ? image.measures[i] : std::nan(""));
    rows.end_row();
  }
  return rows.take();
}

std::string embeddings_csv(const Evaluation& evaluation) {
  Rows rows("matcher,technique,subject,method,group,x,y");
  for (const EmbeddingMap& map : evaluation.maps)
    for (const EmbeddingPoint& point : map.points) {
      rows << map.matcher << map.technique << point.subject << point.method << point.group << point.x << point.y;
      rows.end_row();
    }
  return rows.take();
}

}  // namespace miafr
