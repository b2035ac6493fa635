// Memory of large tensors that goes from one to the next of its size. The system clears what it hands out, and networks
// whose temporaries are fresh each time have it clear tens of gigabytes for a picture or a training step: a quarter to
// half of the time.
#pragma once

#include <c10/core/Allocator.h>

#include <cstddef>
#include <list>
#include <mutex>

namespace miafr {

// Keeps what is given back for the next tensor of about that size, while all together, in use and idle, stays within
// `slack` of the most that was ever in use at a time: the peak is no higher than without it, but for the slack and for
// what blocks are larger than what is in them, an eighth at most.
class ReusingAllocator final : public c10::Allocator {
 public:
  // `base`, which has a raw_deleter(), and this object live as long as any tensor.
  ReusingAllocator(c10::Allocator& base, std::size_t slack) : base_(base), slack_(slack) {}

  // Safe to call from several threads, as is the deletion of what it returns. Throws what `base` throws, where
  // giving all that is idle back to it has not helped; small ones do not try that.
  c10::DataPtr allocate(std::size_t bytes) override;
  c10::DeleterFnPtr raw_deleter() const override { return &give_back; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override { default_copy_data(to, from, bytes); }

  std::size_t idle() const;  // bytes

  static constexpr std::size_t kSmallest = 1 << 20;  // below, malloc does as well

 private:
  // Lies before the tensor's numbers.
  struct alignas(64) Block {
    ReusingAllocator* owner;
    std::size_t size;  // with this
  };

  Block* take(std::size_t size);
  Block* make(std::size_t size);
  void drop_oldest();
  void keep(Block* block);
  static void give_back(void* numbers);

  c10::Allocator& base_;
  const std::size_t slack_;
  mutable std::mutex mutex_;
  std::list<Block*> idle_;  // the one that was given back first in front
  std::size_t idle_bytes_ = 0, used_bytes_ = 0, most_used_ = 0;
};

// Call this before the first tensor is made: tensors on the CPU share their memory from then on.
void reuse_memory_of_tensors();

}  // namespace miafr
