#include "core/metrics/subject_resampler.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <tuple>

#include "core/metrics/quantile.h"
#include "core/base/errors.h"

namespace miafr {
namespace {

using AllWeights = std::vector<SubjectResampler::Weights>;

// A report asks for hundreds of intervals on the same persons, and to seed an engine takes longer than most statistics.
// So the latest draws are kept, where they are small; they follow from the key alone.
struct LatestDraws {
  std::mutex mutex;
  std::tuple<std::size_t, int, std::uint64_t> key;  // subjects, replicates, seed
  std::shared_ptr<const AllWeights> weights;
};
constexpr std::size_t kMostKept = std::size_t{64} << 20;  // bytes

LatestDraws& latest_draws() {
  static auto& latest = *new LatestDraws;
  return latest;
}

}  // namespace

SubjectResampler::SubjectResampler(std::size_t subjects, const BootstrapOptions& options)
    : subjects_(subjects), options_(options) {
  if (options.replicates < 1 || options.replicates > 1000000)
    throw Error("bootstrap: " + std::to_string(options.replicates) + " replicates; 1 to 1000000 are possible");
  if (options.threads < 0)
    throw Error("bootstrap: " + std::to_string(options.threads) + " threads; give 0 for all, or how many");
}

void SubjectResampler::draw(std::size_t replicate, Weights& weights) const {
  std::seed_seq seed{static_cast<std::uint32_t>(options_.seed), static_cast<std::uint32_t>(options_.seed >> 32),
                     static_cast<std::uint32_t>(replicate)};
  std::mt19937_64 engine(seed);
  weights.assign(subjects_, 0);
  // Not uniform_int_distribution: its result is the library's choice. The remainder's bias is below 2^-32.
  for (std::size_t i = 0; i < subjects_; ++i) ++weights[engine() % subjects_];
}

void SubjectResampler::for_each(const std::function<void(std::size_t, const Weights&)>& visit) const {
  if (subjects_ == 0) return;
  const std::tuple<std::size_t, int, std::uint64_t> key = {subjects_, options_.replicates, options_.seed};
  LatestDraws& latest = latest_draws();
  std::shared_ptr<const AllWeights> known;
  {
    const std::lock_guard<std::mutex> lock(latest.mutex);
    if (latest.key == key) known = latest.weights;
  }
  std::shared_ptr<AllWeights> kept;
  if (!known && subjects_ * replicates() * sizeof(Weights::value_type) <= kMostKept)
    kept = std::make_shared<AllWeights>(replicates());

  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    Weights drawn;
    for (std::size_t replicate; (replicate = next++) < replicates();) {
      if (known) {
        visit(replicate, (*known)[replicate]);
        continue;
      }
      draw(replicate, drawn);
      visit(replicate, drawn);
      if (kept) (*kept)[replicate] = drawn;
    }
  };
  const std::size_t wanted =
      options_.threads > 0 ? options_.threads : std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::thread> helpers;
  for (std::size_t i = 1; i < std::min(wanted, replicates()); ++i) helpers.emplace_back(work);
  work();
  for (std::thread& helper : helpers) helper.join();
  if (!kept) return;
  const std::lock_guard<std::mutex> lock(latest.mutex);
  latest.key = key;
  latest.weights = kept;
}

BootstrapInterval SubjectResampler::interval(
    const std::function<double(std::size_t, const Weights&)>& statistic) const {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  BootstrapInterval result;
  result.interval = {kNaN, kNaN};
  result.subjects = static_cast<std::int64_t>(subjects_);
  if (subjects_ < 2) return result;

  std::vector<double> values(replicates(), kNaN);
  for_each([&](std::size_t replicate, const Weights& weights) { values[replicate] = statistic(replicate, weights); });
  values.erase(std::remove_if(values.begin(), values.end(), [](double v) { return std::isnan(v); }), values.end());
  result.replicates = static_cast<std::int64_t>(values.size());
  result.undefined = static_cast<std::int64_t>(replicates()) - result.replicates;
  if (values.empty()) return result;
  std::sort(values.begin(), values.end());
  result.interval = {quantile(values, 0.025), quantile(values, 0.975)};
  return result;
}

}  // namespace miafr
