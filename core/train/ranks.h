// Data-parallel training: the same program on several devices or machines, each process a rank with its own part of the
// data and the same weights. Over LibTorch's own c10d: Gloo (TCP), and NCCL between GPUs (nccl.h).
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace miafr {

// All ranks call the same operations in the same order. Where one fails, because a rank ended, hangs, or came later
// than MIAFR_RANK_TIMEOUT, it throws Error "rank 0 of 2 stops: rank 1 is gone (…)" on every other rank, and this object
// is of no more use: a rank that is killed is noticed in seconds by each rank that waits for it, one that hangs after
// the timeout. After an error of its own a rank just ends; the destructor tells the others while it unwinds.
class Ranks {
 public:
  // The ranks as torchrun or srun started this process (rank_environment.h). Alone there is no network at all and every
  // operation is done at once. Else waits until all ranks have met; throws Error where they do not in time.
  static Ranks from_environment();

  Ranks(Ranks&&) noexcept;
  // Waits for the others, unless an error ends this rank.
  ~Ranks();

  int rank() const { return rank_; }  // 0 .. size() - 1
  int size() const { return size_; }

  // Sums of tensors on CUDA devices go by NCCL from now on, where every rank has a GPU of its own and can load it;
  // else through the CPU's memory, and where a GPU is left out that way, a warning says why.
  void use_device(c10::Device device);

  // Each tensor becomes its mean over the ranks, the same bits everywhere. All must be defined, and of the same shapes
  // on every rank.
  void average(std::vector<at::Tensor>& gradients);

  // Each tensor becomes what it is on rank 0.
  void broadcast(const std::vector<at::Tensor>& tensors);

  // The first rank's text, on every rank.
  std::string of_first(const std::string& text);

  // Returns when all have called it.
  void barrier();

  // Each rank's number, by rank: whether one shall stop, losses for a log.
  std::vector<double> all_gather(double value);

  // Begins to sum a dense tensor over the ranks, in place. The function that comes back, to be called once, waits for
  // the sum. Several may be under way; each rank begins them in the same order.
  std::function<void()> begin_sum(const at::Tensor& tensor);

  // How many bytes are averaged in one piece: as large as DistributedDataParallel's.
  static constexpr std::int64_t kBucketBytes = 25 << 20;

 private:
  struct Group;
  explicit Ranks(std::unique_ptr<Group> group);

  int rank_ = 0, size_ = 1;
  std::unique_ptr<Group> group_;  // null when alone
};

}  // namespace miafr
