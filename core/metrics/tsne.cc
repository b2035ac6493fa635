#include "core/metrics/tsne.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace miafr {
namespace {

constexpr double kLeast = std::numeric_limits<double>::epsilon();  // of a probability
constexpr int kExaggerated = 250;                                  // iterations
constexpr double kExaggeration = 12;

// p(j | i) for one i, such that its perplexity is the wanted one: the width is found by bisection.
void neighbour_probabilities(const double* distances, std::size_t n, std::size_t i, double perplexity, double* p) {
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t j = 0; j < n; ++j)
    if (j != i) least = std::min(least, distances[j]);
  double precision = 1, low = 0, high = std::numeric_limits<double>::infinity();
  for (int step = 0; step < 100; ++step) {
    double sum = 0, mean = 0;
    for (std::size_t j = 0; j < n; ++j) {
      p[j] = j == i ? 0 : std::exp(-precision * (distances[j] - least));
      sum += p[j];
      mean += p[j] * (distances[j] - least);
    }
    for (std::size_t j = 0; j < n; ++j) p[j] /= sum;
    const double excess = std::log(sum) + precision * mean / sum - std::log(perplexity);  // of the entropy
    if (std::abs(excess) < 1e-5) return;
    (excess > 0 ? low : high) = precision;
    precision = std::isinf(high) ? 2 * precision : (low + high) / 2;
  }
}

// The joint probabilities of pairs, row by row: symmetric, their sum 1.
std::vector<double> joint_probabilities(const std::vector<double>& distances, std::size_t n, double perplexity) {
  std::vector<double> p(n * n);
  for (std::size_t i = 0; i < n; ++i) neighbour_probabilities(&distances[i * n], n, i, perplexity, &p[i * n]);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < i; ++j)
      p[i * n + j] = p[j * n + i] = std::max((p[i * n + j] + p[j * n + i]) / (2 * static_cast<double>(n)), kLeast);
  return p;
}

// Coordinates apart, so that the loops below are simple sums over arrays.
struct Plane {
  explicit Plane(std::size_t n) : x(n), y(n) {}
  std::vector<double> x, y;
};

class Descent {
 public:
  Descent(const std::vector<double>& p, Plane places)
      : n_(places.x.size()),
        p_(p),
        places_(std::move(places)),
        step_(std::max(static_cast<double>(n_) / kExaggeration / 4, 50.0)),
        speed_(n_),
        gain_(n_),
        gradient_(n_) {
    restart();
  }

  // From here, without the speed that there was.
  void restart() {
    for (std::vector<double>* one : {&speed_.x, &speed_.y}) std::fill(one->begin(), one->end(), 0);
    for (std::vector<double>* one : {&gain_.x, &gain_.y}) std::fill(one->begin(), one->end(), 1);
  }

  void iterate(bool early) {
    compute_gradient(early ? kExaggeration : 1);
    const double momentum = early ? 0.5 : 0.8;
    move(places_.x, speed_.x, gain_.x, gradient_.x, momentum);
    move(places_.y, speed_.y, gain_.y, gradient_.y, momentum);
  }

  // sum of p log(p / q) over pairs.
  double kl_divergence() const {
    double total = 0, sum = 0;
    for (std::size_t i = 0; i < n_; ++i)
      for (std::size_t j = 0; j < n_; ++j)
        if (i != j) total += closeness(i, j);
    for (std::size_t i = 0; i < n_; ++i)
      for (std::size_t j = 0; j < n_; ++j)
        if (i != j) sum += p_[i * n_ + j] * std::log(p_[i * n_ + j] / std::max(closeness(i, j) / total, kLeast));
    return sum;
  }

  const Plane& places() const { return places_; }

 private:
  double closeness(std::size_t i, std::size_t j) const {
    const double dx = places_.x[i] - places_.x[j], dy = places_.y[i] - places_.y[j];
    return 1 / (1 + dx * dx + dy * dy);
  }

  // 4 sum_j (p q' - q q') (y_i - y_j), where q' is the closeness and q = q' / its sum over pairs (equation 5).
  void compute_gradient(double exaggeration) {
    Plane pull(n_), push(n_);
    std::vector<double> closeness(n_);
    for (std::size_t j = 0; j < n_; ++j) add_forces(j, pull, push, closeness);
    double total = -static_cast<double>(n_);  // each point's closeness to itself is 1, and counts not
    for (const double sum : closeness) total += sum;
    for (std::size_t i = 0; i < n_; ++i) {
      gradient_.x[i] = 4 * (exaggeration * pull.x[i] - push.x[i] / total);
      gradient_.y[i] = 4 * (exaggeration * pull.y[i] - push.y[i] / total);
    }
  }

  // What point j does to all points.
  void add_forces(std::size_t j, Plane& pull, Plane& push, std::vector<double>& closeness) const {
    const double xj = places_.x[j], yj = places_.y[j];
    const double *x = places_.x.data(), *y = places_.y.data(), *p = &p_[j * n_];
    double *pull_x = pull.x.data(), *pull_y = pull.y.data(), *push_x = push.x.data(), *push_y = push.y.data();
    double* sums = closeness.data();
    for (std::size_t i = 0; i < n_; ++i) {
      const double dx = x[i] - xj, dy = y[i] - yj, q = 1 / (1 + dx * dx + dy * dy);
      sums[i] += q;
      pull_x[i] += p[i] * q * dx;
      pull_y[i] += p[i] * q * dy;
      push_x[i] += q * q * dx;
      push_y[i] += q * q * dy;
    }
  }

  void move(std::vector<double>& at, std::vector<double>& speed, std::vector<double>& gain,
            const std::vector<double>& gradient, double momentum) const {
    for (std::size_t i = 0; i < n_; ++i) {
      gain[i] = std::max(speed[i] * gradient[i] < 0 ? gain[i] + 0.2 : gain[i] * 0.8, 0.01);
      speed[i] = momentum * speed[i] - step_ * gain[i] * gradient[i];
      at[i] += speed[i];
    }
  }

  const std::size_t n_;
  const std::vector<double>& p_;
  Plane places_;
  const double step_;
  Plane speed_, gain_, gradient_;
};

// Around 0, the first coordinate's deviation 1e-4.
Plane scaled(const std::vector<std::array<double, 2>>& start) {
  const auto n = static_cast<double>(start.size());
  double mean_x = 0, mean_y = 0, square = 0;
  for (const auto& [x, y] : start) mean_x += x / n, mean_y += y / n;
  for (const auto& [x, y] : start) square += (x - mean_x) * (x - mean_x) / n;
  const double scale = square > 0 ? 1e-4 / std::sqrt(square) : 0;
  Plane places(start.size());
  for (std::size_t i = 0; i < start.size(); ++i) {
    places.x[i] = scale * (start[i][0] - mean_x);
    places.y[i] = scale * (start[i][1] - mean_y);
  }
  return places;
}

}  // namespace

TsneMap tsne(const std::vector<double>& squared_distances, const std::vector<std::array<double, 2>>& start,
             const TsneOptions& options, const std::function<void()>& on_iteration) {
  const std::size_t n = start.size();
  TsneMap map{start, 0, 0};
  if (n < 4) return map;
  map.perplexity = std::min(options.perplexity, static_cast<double>(n - 1) / 3);
  const std::vector<double> p = joint_probabilities(squared_distances, n, map.perplexity);
  Descent descent(p, scaled(start));
  for (int i = 0; i < options.iterations; ++i) {
    on_iteration();
    if (i == kExaggerated) descent.restart();
    descent.iterate(i < kExaggerated);
  }
  map.kl_divergence = descent.kl_divergence();
  for (std::size_t i = 0; i < n; ++i) map.places[i] = {descent.places().x[i], descent.places().y[i]};
  return map;
}

}  // namespace miafr
