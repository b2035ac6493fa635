#include "core/runtime/reusing_allocator.h"

#include <c10/core/CPUAllocator.h>
#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <new>

namespace miafr {

c10::DataPtr ReusingAllocator::allocate(std::size_t bytes) {
  const std::size_t size = sizeof(Block) + bytes;
  Block* block = nullptr;
  if (size < kSmallest) {
    block = new (base_.raw_allocate(size)) Block{this, size};
  } else {
    const std::lock_guard lock(mutex_);
    block = take(size);
    if (block == nullptr) block = make(size);
    used_bytes_ += block->size;
    most_used_ = std::max(most_used_, used_bytes_);
  }
  void* const numbers = block + 1;
  return {numbers, numbers, &give_back, c10::Device(c10::kCPU)};
}

// The smallest that is large enough, and no more than an eighth larger.
ReusingAllocator::Block* ReusingAllocator::take(std::size_t size) {
  auto best = idle_.end();
  for (auto i = idle_.begin(); i != idle_.end(); ++i) {
    const std::size_t has = (*i)->size;
    if (has >= size && has - size <= size / 8 && (best == idle_.end() || has < (*best)->size)) best = i;
  }
  if (best == idle_.end()) return nullptr;
  Block* const block = *best;
  idle_.erase(best);
  idle_bytes_ -= block->size;
  return block;
}

ReusingAllocator::Block* ReusingAllocator::make(std::size_t size) {
  const std::size_t most = std::max(most_used_, used_bytes_ + size) + slack_;
  while (!idle_.empty() && used_bytes_ + idle_bytes_ + size > most) drop_oldest();
  try {
    return new (base_.raw_allocate(size)) Block{this, size};
  } catch (const std::exception&) {
    if (idle_.empty()) throw;
    while (!idle_.empty()) drop_oldest();
    return new (base_.raw_allocate(size)) Block{this, size};
  }
}

void ReusingAllocator::drop_oldest() {
  Block* const block = idle_.front();
  idle_.pop_front();
  idle_bytes_ -= block->size;
  base_.raw_deallocate(block);
}

void ReusingAllocator::keep(Block* block) {
  const std::lock_guard lock(mutex_);
  used_bytes_ -= block->size;
  idle_bytes_ += block->size;
  idle_.push_back(block);
}

void ReusingAllocator::give_back(void* numbers) {
  Block* const block = static_cast<Block*>(numbers) - 1;
  if (block->size < kSmallest)
    block->owner->base_.raw_deallocate(block);
  else
    block->owner->keep(block);
}

std::size_t ReusingAllocator::idle() const {
  const std::lock_guard lock(mutex_);
  return idle_bytes_;
}

void reuse_memory_of_tensors() {
  constexpr std::size_t kSlack = 128 << 20;
  static_assert(ReusingAllocator::kSmallest <= 32 << 20);  // the most that M_MMAP_THRESHOLD may be
  // LibTorch takes large tensors in huge pages where the system offers them.
  ::setenv("THP_MEM_ALLOC_ENABLE", "1", /*overwrite=*/0);
  // What is dropped goes back to the system at once, where by default malloc would come to keep it; all that is smaller
  // comes from the heap, which is kept.
  ::mallopt(M_MMAP_THRESHOLD, static_cast<int>(ReusingAllocator::kSmallest));
  ::mallopt(M_TRIM_THRESHOLD, -1);
  static auto& allocator = *new ReusingAllocator(*c10::GetDefaultCPUAllocator(), kSlack);  // tensors outlive main
  c10::SetCPUAllocator(&allocator);
}

}  // namespace miafr
