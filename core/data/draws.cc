#include "core/data/draws.h"

#include <ATen/core/PhiloxRNGEngine.h>

#include <map>
#include <numeric>
#include <utility>

#include "core/base/errors.h"

namespace miafr {
namespace {

// The last word of Philox's counter tells the uses of one seed apart; noise has 0 there.
constexpr std::uint32_t kOrder = 0x4f524452;  // "ORDR"
constexpr std::uint32_t kFlips = 0x464c4950;  // "FLIP"

// `count` (a pass or a position) is below 2^48 in any run: 1e9 steps of 65536 images.
std::uint32_t random_word(std::uint64_t seed, std::uint32_t stream, std::uint64_t count, std::uint32_t index,
                          std::uint32_t use) {
  const std::uint64_t high = stream << 16 | static_cast<std::uint32_t>(count >> 32);
  return at::Philox4_32(seed, static_cast<std::uint64_t>(use) << 32 | high, count << 32 | index)();
}

// Images of each size, smaller widths and heights first.
std::vector<std::vector<std::size_t>> by_size(const std::vector<TrainingImage>& images) {
  std::map<std::pair<std::int64_t, std::int64_t>, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < images.size(); ++i) groups[{images[i].width, images[i].height}].push_back(i);
  std::vector<std::vector<std::size_t>> sizes;
  for (auto& entry : groups) sizes.push_back(std::move(entry.second));
  return sizes;
}

// The order in which buckets take their turns in a cycle of sum(turns) steps, by bucket: of those that are owed a part
// of a turn, turns[b] s > had[b] n after s steps of n, the one whose next turn falls due first, at
// (had[b] + 1) n / turns[b]. Earliest deadline first meets every deadline of such periodic unit jobs, which keeps each
// bucket within one turn of its share (Baruah et al., "Proportionate Progress", Algorithmica 15, 1996).
std::vector<std::size_t> fair_order(const std::vector<std::int64_t>& turns) {
  const std::int64_t steps = std::accumulate(turns.begin(), turns.end(), std::int64_t{0});
  std::vector<std::int64_t> had(turns.size(), 0);
  std::vector<std::size_t> order;
  for (std::int64_t s = 1; s <= steps; ++s) {
    std::size_t first = turns.size();
    for (std::size_t b = 0; b < turns.size(); ++b) {
      if (turns[b] * s <= had[b] * steps) continue;
      if (first == turns.size() || (had[b] + 1) * turns[first] < (had[first] + 1) * turns[b]) first = b;
    }
    ++had[first];
    order.push_back(first);
  }
  return order;
}

// The images of one set that have one size, in passes: each is a permutation of its own.
class Bucket {
 public:
  // stream: tells this bucket's random numbers from every other's, below 2^16.
  Bucket(std::vector<std::size_t> images, std::uint64_t seed, std::uint32_t stream)
      : images_(std::move(images)), seed_(seed), stream_(stream) {}

  // The image at `position` of pass after pass without an end.
  std::size_t image_at(std::int64_t position) {
    if (const std::int64_t pass = position / size(); pass != pass_) shuffle(pass);
    return order_[position % size()];
  }

  // In [0,1); belongs to this position alone.
  double chance_at(std::int64_t position) const { return random_word(seed_, stream_, position, 0, kFlips) * 0x1p-32; }

  std::int64_t size() const { return static_cast<std::int64_t>(images_.size()); }

 private:
  void shuffle(std::int64_t pass) {  // Fisher and Yates
    order_ = images_;
    for (std::size_t i = order_.size() - 1; i > 0; --i) {
      const std::uint64_t word = random_word(seed_, stream_, pass, static_cast<std::uint32_t>(i), kOrder);
      std::swap(order_[i], order_[word * (i + 1) >> 32]);
    }
    pass_ = pass;
  }

  std::vector<std::size_t> images_;
  std::uint64_t seed_;
  std::uint32_t stream_;
  std::int64_t pass_ = -1;  // the one that order_ is of
  std::vector<std::size_t> order_;
};

}  // namespace

class Draws::Set {
 public:
  Set(const std::vector<TrainingImage>& images, std::int64_t batch_size, double flip_probability, std::uint64_t seed,
      std::uint32_t set)
      : batch_size_(batch_size), flip_probability_(flip_probability) {
    std::int64_t common = 0;
    for (std::vector<std::size_t>& bucket : by_size(images)) {
      turns_.push_back(static_cast<std::int64_t>(bucket.size()));
      common = std::gcd(common, turns_.back());
      buckets_.emplace_back(std::move(bucket), seed, static_cast<std::uint32_t>(2 * buckets_.size() + set));
    }
    for (std::int64_t& turns : turns_) turns /= common;
    std::vector<std::int64_t> had(buckets_.size(), 0);
    for (const std::size_t bucket : fair_order(turns_)) cycle_.push_back({bucket, had[bucket]++});
  }

  std::vector<Drawn> at(std::int64_t step) {
    const std::int64_t length = static_cast<std::int64_t>(cycle_.size());
    const Turn& turn = cycle_[step % length];
    Bucket& bucket = buckets_[turn.bucket];
    const std::int64_t begin = (step / length * turns_[turn.bucket] + turn.before) * batch_size_;
    std::vector<Drawn> batch;
    for (std::int64_t position = begin; position < begin + batch_size_; ++position)
      batch.push_back({bucket.image_at(position), bucket.chance_at(position) < flip_probability_});
    return batch;
  }

 private:
  // One step of the cycle: its bucket, and how often the cycle has drawn from that one before.
  struct Turn {
    std::size_t bucket;
    std::int64_t before;
  };

  std::int64_t batch_size_;
  double flip_probability_;
  std::vector<Bucket> buckets_;
  std::vector<std::int64_t> turns_;  // of each bucket in a cycle
  std::vector<Turn> cycle_;
};

Draws::Draws(const TrainingSets& sets, std::int64_t batch_size, double flip_probability, std::uint64_t seed) {
  if (sets.train.empty()) throw Error("there are no photos to train with");
  if (batch_size < 1) throw Error("a batch of " + std::to_string(batch_size) + " photos: at least 1 is needed");
  train_ = std::make_shared<Set>(sets.train, batch_size, flip_probability, seed, 0);
  if (!sets.reg.empty()) reg_ = std::make_shared<Set>(sets.reg, batch_size, flip_probability, seed, 1);
}

StepDraw Draws::at(std::int64_t step) const {
  if (step < 0) throw Error("step " + std::to_string(step) + ": the first is 0");
  return {train_->at(step), reg_ ? reg_->at(step) : std::vector<Drawn>{}};
}

}  // namespace miafr
