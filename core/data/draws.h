// Which images a training step sees: a function of seed and step alone, so that a run resumes from its step's number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/data/training_sets.h"

namespace miafr {

struct Drawn {
  std::size_t image;  // index into its set
  bool flipped;
};

// batch_size entries in each list. All images of a list have one size; the two lists may differ in it.
struct StepDraw {
  std::vector<Drawn> train, reg;  // reg is empty without a regularisation set
};

// The two sets do not know of each other, so neither is cut to the other's length. Of each set:
//
//   One size only: the batches, laid end to end, are passes over the set, each pass a fresh permutation of all of it. A
//   batch that reaches beyond a pass takes the rest from the next one. So after any number of steps, no image has been
//   shown more than once oftener than another.
//
//   Several sizes (buckets): a step's batch is of one bucket, and what was said holds within each bucket. Buckets take
//   turns in a fixed order in which, after any number of steps s, a bucket with the share p of the set's images has had
//   more than p s - 1 and fewer than p s + 1 turns: no image is passed over, and none is favoured for the size of its
//   bucket. After every n / gcd(bucket sizes) steps, for a set of n images, the turns are exactly in proportion.
//
// Whether a drawn image is flipped is chance, by its place in the passes.
class Draws {
 public:
  // batch_size: of all ranks together; each takes its share of the lists. Throws Error for one below 1 and for an empty
  // train set.
  Draws(const TrainingSets& sets, std::int64_t batch_size, double flip_probability, std::uint64_t seed);

  // step: from 0. A call costs the batch, and a permutation where a pass begins or the step is not the next one. Not
  // for several threads at once: the permutation last used is kept.
  StepDraw at(std::int64_t step) const;

 private:
  class Set;
  std::shared_ptr<Set> train_, reg_;  // reg_ may be null
};

}  // namespace miafr
