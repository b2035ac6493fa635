#include "core/cuda/kernel_guard.h"

#include <torch/types.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <sstream>

#include "core/base/log.h"

namespace miafr {
namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// Largest difference as a share of the largest expected value; infinite where it cannot be told.
double difference(const at::Tensor& actual, const at::Tensor& expected) {
  if (actual.sizes() != expected.sizes() || actual.scalar_type() != expected.scalar_type())
    return std::numeric_limits<double>::infinity();
  const double largest = expected.abs().max().item<double>();
  const double differs = (actual - expected).abs_().max().item<double>();
  return differs == 0 ? 0 : differs / largest;
}

std::string short_text(double value) {
  std::ostringstream text;
  text.precision(2);
  text << std::abs(value);  // NaN has a sign, too
  return text.str();
}

}  // namespace

KernelGuard::KernelGuard() : KernelGuard(now, log_warning) {}

bool KernelGuard::admits(const std::string& kernel, const std::vector<std::int64_t>& kind, const Trial& trial) {
  const std::lock_guard lock(mutex_);
  if (left_out_.count(kernel)) return false;
  const auto [entry, first] = fast_.try_emplace({kernel, kind}, false);
  if (!first) return entry->second;
  if (right(kernel, trial)) return entry->second = fast(kernel, trial);
  left_out_.insert(kernel);
  return false;
}

bool KernelGuard::right(const std::string& kernel, const Trial& trial) {
  const Results expected = trial.aten();
  try {
    const Results actual = trial.kernel();
    trial.wait();
    double largest = actual.size() == expected.size() ? 0 : std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < std::min(actual.size(), expected.size()); ++i) {
      const double differs = difference(actual[i], expected[i]);
      if (!(differs <= largest)) largest = differs;  // NaN too
    }
    if (largest <= trial.tolerance) return true;
    warn_("kernel " + kernel + ": differs from ATen by " + short_text(largest) + " of the largest value (allowed " +
          short_text(trial.tolerance) + "); it is left out");
  } catch (const std::exception& e) {
    const std::string reason = e.what();
    warn_("kernel " + kernel + ": " + reason.substr(0, reason.find('\n')) + "; it is left out");
  }
  return false;
}

// Best of several rounds of each, in turns, so that what else the machine does meets both.
bool KernelGuard::fast(const std::string& kernel, const Trial& trial) {
  constexpr int kRounds = 4, kCalls = 3;
  const auto seconds = [&](const std::function<Results()>& run) {
    const double start = clock_();
    for (int call = 0; call < kCalls; ++call) run();
    trial.wait();
    return (clock_() - start) / kCalls;
  };
  double ours = std::numeric_limits<double>::infinity(), atens = ours;
  for (int round = 0; round < kRounds; ++round) {
    ours = std::min(ours, seconds(trial.kernel));
    atens = std::min(atens, seconds(trial.aten));
  }
  if (ours <= atens) return true;
  warn_("kernel " + kernel + ": takes " + short_text(ours * 1e6) + " us and ATen " + short_text(atens * 1e6) +
        " us for tensors of this size; it is left out for them");
  return false;
}

}  // namespace miafr
