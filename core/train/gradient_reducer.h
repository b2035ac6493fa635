// Averages gradients over the ranks while backward still runs, as PyTorch's DistributedDataParallel does (Li et al.,
// arXiv 2006.15704, section 4.2).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "core/train/ranks.h"

namespace miafr {

// Parameters are put into buckets in reverse order, since backward comes to the last ones first. As soon as all of a
// bucket's gradients are there it is summed, buckets always in the same order, so that the result has the same bits
// each time and on every rank.
//
//   GradientReducer reducer(ranks, parameters);
//   for each step:  (backward of all micro-batches but the last)  reducer.start(); loss.backward(); reducer.finish();
class GradientReducer {
 public:
  // `parameters`: leaves that require gradients, the same shapes in the same order on every rank; throws Error where
  // another rank's differ. `ranks` must outlive this object. Replaces a parameter's post-accumulate-grad hook.
  GradientReducer(Ranks& ranks, std::vector<at::Tensor> parameters, std::int64_t bucket_bytes = Ranks::kBucketBytes);
  ~GradientReducer();
  GradientReducer(const GradientReducer&) = delete;
  GradientReducer& operator=(const GradientReducer&) = delete;

  // The next backward gives the gradients that are to be averaged, together with what earlier ones accumulated.
  void start();

  // Waits. Then each .grad() is the mean over the ranks, a rank without a gradient counting as zeros; where no rank has
  // one, there still is none. The gradients lie in the reducer's memory, instead of where they were.
  void finish();

  // How many buckets' sums have begun since start().
  int begun() const { return static_cast<int>(begun_.size()); }

 private:
  struct Slot {
    at::Tensor parameter;
    at::Tensor gradient;  // a part of the bucket, laid out as the parameter
    at::Tensor present;   // a part of the bucket, [1]: how many ranks (over their number) have a gradient
    std::size_t bucket = 0;
    bool ready = false;
  };
  struct Bucket {
    std::vector<std::size_t> slots;
    at::Tensor memory;  // [elements of all gradients + slots]
    std::size_t waiting = 0;
  };

  void add_bucket(const std::vector<std::size_t>& slots);
  void check_alike();
  void gradient_is_ready(Slot& slot);
  void fill(Slot& slot);
  void begin_next();

  Ranks& ranks_;
  std::vector<Slot> slots_;
  std::vector<Bucket> buckets_;
  std::vector<std::function<void()>> begun_;  // by bucket: waits for its sum
  bool started_ = false;
  std::mutex mutex_;  // backward runs a thread for each device
};

}  // namespace miafr
