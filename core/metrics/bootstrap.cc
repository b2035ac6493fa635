#include "core/metrics/bootstrap.h"

#include <algorithm>
#include <limits>
#include <string>

#include "core/metrics/subject_index.h"
#include "core/metrics/tie_groups.h"
#include "core/base/errors.h"

namespace miafr {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

template <class Subject>
struct ScoreOf {
  double score;
  Subject subject;
};

// Sorts by acceptance and takes scores and subjects apart.
template <class Subject>
void sort_apart(ScoreKind kind, std::vector<ScoreOf<Subject>>& both, std::vector<double>& scores,
                std::vector<Subject>& subjects) {
  const double sign = direction(kind);
  std::sort(both.begin(), both.end(), [sign](const auto& x, const auto& y) { return sign * x.score > sign * y.score; });
  scores.reserve(both.size());
  subjects.reserve(both.size());
  for (const auto& one : both) {
    scores.push_back(one.score);
    subjects.push_back(one.subject);
  }
}

}  // namespace

SubjectBootstrap::SubjectBootstrap(const ScoreTable& table, const BootstrapOptions& options)
    : kind_(table.kind()), resampler_(0, options) {
  const SubjectIndex index(table);
  resampler_ = SubjectResampler(index.names.size(), options);
  sort_lists(table, index.number);
  count_pairs();
  count_trials();
}

void SubjectBootstrap::sort_lists(const ScoreTable& table, const std::vector<std::uint32_t>& number) {
  std::vector<ScoreOf<std::uint32_t>> genuine;
  std::vector<ScoreOf<PersonPair>> impostor;
  for (std::size_t row = 0; row < table.size(); ++row) {
    const std::uint32_t a = number[table.subject_probe(row)], b = number[table.subject_reference(row)];
    if (table.genuine(row) && table.failed(row))
      failed_genuine_.push_back(a);
    else if (table.genuine(row))
      genuine.push_back({table.score(row), a});
    else if (!table.failed(row))
      impostor.push_back({table.score(row), {std::min(a, b), std::max(a, b)}});
  }
  sort_apart(kind_, genuine, genuine_, genuine_subject_);
  genuine = {};
  sort_apart(kind_, impostor, impostor_, impostor_subjects_);
}

void SubjectBootstrap::count_pairs() {
  std::vector<std::uint64_t> keys;
  keys.reserve(impostor_subjects_.size());
  for (const PersonPair& pair : impostor_subjects_) keys.push_back(std::uint64_t{pair.a} << 32 | pair.b);
  std::sort(keys.begin(), keys.end());
  for (std::size_t i = 0; i < keys.size();) {
    const std::size_t first = i;
    while (i < keys.size() && keys[i] == keys[first]) ++i;
    pairs_.push_back({static_cast<std::uint32_t>(keys[first] >> 32), static_cast<std::uint32_t>(keys[first]),
                      static_cast<std::uint32_t>(i - first)});
  }
}

void SubjectBootstrap::count_trials() {
  std::vector<std::int64_t> genuine_of(resampler_.subjects(), 0);
  for (const std::uint32_t subject : genuine_subject_) ++genuine_of[subject];
  genuine_trials_.assign(resampler_.replicates(), 0);
  impostor_trials_.assign(resampler_.replicates(), 0);
  resampler_.for_each([&](std::size_t replicate, const Weights& weights) {
    std::int64_t genuine = 0, impostor = 0;
    for (std::size_t subject = 0; subject < genuine_of.size(); ++subject)
      genuine += weights[subject] * genuine_of[subject];
    for (std::size_t i = 0; i < pairs_.size();) {
      const std::uint32_t a = pairs_[i].a;
      std::int64_t of_a = 0;
      for (; i < pairs_.size() && pairs_[i].a == a; ++i) of_a += std::int64_t{weights[pairs_[i].b]} * pairs_[i].count;
      impostor += weights[a] * of_a;
    }
    genuine_trials_[replicate] = genuine;
    impostor_trials_[replicate] = impostor;
  });
}

// Weighted count of the genuine scores from position `accepted` on.
std::int64_t SubjectBootstrap::rejected_genuine(const Weights& weights, std::size_t accepted) const {
  std::int64_t rejected = 0;
  for (std::size_t g = accepted; g < genuine_subject_.size(); ++g) rejected += weights[genuine_subject_[g]];
  return rejected;
}

BootstrapInterval SubjectBootstrap::fmr(double threshold) const {
  const std::int64_t accepted = count_accepted(kind_, impostor_, threshold);
  return resampler_.interval([&](std::size_t replicate, const Weights& weights) {
    std::int64_t errors = 0;
    for (std::int64_t i = 0; i < accepted; ++i)
      errors += std::int64_t{weights[impostor_subjects_[i].a]} * weights[impostor_subjects_[i].b];
    return Rate{errors, impostor_trials_[replicate]}.value();
  });
}

BootstrapInterval SubjectBootstrap::fnmr(double threshold) const {
  const std::int64_t accepted = count_accepted(kind_, genuine_, threshold);
  return resampler_.interval([&](std::size_t replicate, const Weights& weights) {
    return Rate{rejected_genuine(weights, accepted), genuine_trials_[replicate]}.value();
  });
}

BootstrapInterval SubjectBootstrap::gfrr(double threshold) const {
  const std::int64_t accepted = count_accepted(kind_, genuine_, threshold);
  return resampler_.interval([&](std::size_t replicate, const Weights& weights) {
    std::int64_t failed = 0;
    for (const std::uint32_t subject : failed_genuine_) failed += weights[subject];
    return Rate{rejected_genuine(weights, accepted) + failed, genuine_trials_[replicate] + failed}.value();
  });
}

BootstrapInterval SubjectBootstrap::fnmr_at_fmr(double target) const {
  if (!(target >= 0 && target <= 1))
    throw Error("FMR target: " + std::to_string(target) + " is not a rate; give one from 0 to 1, such as 0.001");
  return resampler_.interval([&](std::size_t replicate, const Weights& weights) {
    const std::int64_t trials = impostor_trials_[replicate];
    if (trials == 0) return kNaN;
    // The first impostor drawn, with its ties, that would lift the FMR above the target: what it rejects is all that
    // the threshold rejects, because no score drawn lies between the two.
    Rate fmr{0, trials};
    for (std::size_t i = 0; i < impostor_.size(); ++i) {
      fmr.errors += std::int64_t{weights[impostor_subjects_[i].a]} * weights[impostor_subjects_[i].b];
      if (fmr.value() <= target) continue;
      const std::int64_t accepted = count_stricter(kind_, genuine_, impostor_[i]);
      return Rate{rejected_genuine(weights, accepted), genuine_trials_[replicate]}.value();
    }
    return genuine_trials_[replicate] > 0 ? 0 : kNaN;
  });
}

BootstrapInterval SubjectBootstrap::eer() const {
  return resampler_.interval([&](std::size_t replicate, const Weights& weights) {
    const std::int64_t genuine = genuine_trials_[replicate], impostor = impostor_trials_[replicate];
    if (genuine == 0 || impostor == 0) return kNaN;
    const auto genuine_weight = [&](std::size_t g) { return std::int64_t{weights[genuine_subject_[g]]}; };
    const auto impostor_weight = [&](std::size_t i) {
      return std::int64_t{weights[impostor_subjects_[i].a]} * weights[impostor_subjects_[i].b];
    };
    return find_crossing(kind_, genuine_, impostor_, genuine_weight, impostor_weight, genuine, impostor).rate();
  });
}

BootstrapInterval SubjectBootstrap::auc() const {
  return resampler_.interval([&](std::size_t replicate, const Weights& weights) {
    const std::int64_t genuine = genuine_trials_[replicate], impostor = impostor_trials_[replicate];
    if (genuine == 0 || impostor == 0) return kNaN;
    const auto genuine_weight = [&](std::size_t g) { return std::int64_t{weights[genuine_subject_[g]]}; };
    const auto impostor_weight = [&](std::size_t i) {
      return std::int64_t{weights[impostor_subjects_[i].a]} * weights[impostor_subjects_[i].b];
    };
    return area_under_curve(kind_, genuine_, impostor_, genuine_weight, impostor_weight, genuine, impostor);
  });
}

}  // namespace miafr
