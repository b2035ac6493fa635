#include "core/runtime/reusing_allocator.h"

#include <c10/core/CPUAllocator.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <new>
#include <thread>
#include <vector>

namespace {

using miafr::ReusingAllocator;

constexpr std::size_t kMiB = 1 << 20, kHeader = 64;

// Counts what it has given out, and has no more than `limit` bytes. There is one at a time.
class Counting final : public c10::Allocator {
 public:
  Counting() { the_one_ = this; }

  c10::DataPtr allocate(std::size_t bytes) override {
    if (given + bytes > limit) throw std::bad_alloc();
    given += bytes;
    most = std::max(most, given);
    void* const memory = std::aligned_alloc(64, (bytes + 63) / 64 * 64);
    sizes_[memory] = bytes;
    return {memory, memory, &free, c10::Device(c10::kCPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &free; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override { std::memcpy(to, from, bytes); }

  std::size_t given = 0, most = 0, limit = 1 << 30;

 private:
  static void free(void* memory) {
    the_one_->given -= the_one_->sizes_.at(memory);
    the_one_->sizes_.erase(memory);
    std::free(memory);
  }

  static inline Counting* the_one_ = nullptr;
  std::map<void*, std::size_t> sizes_;
};

class Reusing : public testing::Test {
 protected:
  Counting base_;
  ReusingAllocator allocator_{base_, 4 * kMiB};
};

TEST_F(Reusing, GivesTheSameMemoryToTheNextOfThatSize) {
  const void* const first = allocator_.allocate(8 * kMiB).get();
  EXPECT_EQ(allocator_.idle(), 8 * kMiB + kHeader);
  EXPECT_EQ(allocator_.allocate(8 * kMiB).get(), first);
  EXPECT_EQ(allocator_.allocate(8 * kMiB - 100000).get(), first) << "a little smaller";
  const c10::DataPtr small = allocator_.allocate(2 * kMiB);
  EXPECT_NE(small.get(), first) << "much of it would be in vain";
  const c10::DataPtr one = allocator_.allocate(8 * kMiB), other = allocator_.allocate(8 * kMiB);
  EXPECT_NE(one.get(), other.get());
}

TEST_F(Reusing, TakesTheSmallestThatFits) {
  c10::DataPtr large = allocator_.allocate(10 * kMiB), small = allocator_.allocate(9 * kMiB + kMiB / 2);
  const void* const best = small.get();
  large = {};
  small = {};
  EXPECT_EQ(allocator_.allocate(9 * kMiB).get(), best);
}

TEST_F(Reusing, TakesNoMoreThanTheMostInUseAndTheSlack) {
  std::vector<c10::DataPtr> all;
  for (int i = 0; i < 4; ++i) all.push_back(allocator_.allocate(10 * kMiB));
  all.clear();
  EXPECT_EQ(base_.given, 4 * (10 * kMiB + kHeader)) << "all is kept";
  for (const std::size_t size : {12, 18, 24, 30}) all.push_back(allocator_.allocate(size * kMiB));
  const std::size_t in_use = 84 * kMiB + 4 * kHeader, slack = 4 * kMiB;
  EXPECT_LE(base_.most, in_use + slack);
  all.clear();
  for (std::size_t size = 1; size < 60; ++size) allocator_.allocate(size * kMiB);
  EXPECT_LE(base_.most, in_use + slack);
}

TEST_F(Reusing, LeavesSmallOnesAlone) {
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(allocator_.allocate(1000).get()) % 64, 0U);
  EXPECT_EQ(allocator_.idle(), 0U);
  EXPECT_EQ(base_.given, 0U);
}

TEST_F(Reusing, GivesIdleMemoryBackBeforeItFails) {
  base_.limit = 20 * kMiB;
  allocator_.allocate(12 * kMiB);
  EXPECT_NE(allocator_.allocate(19 * kMiB).get(), nullptr);
  EXPECT_THROW(allocator_.allocate(21 * kMiB), std::bad_alloc);
  EXPECT_NE(allocator_.allocate(12 * kMiB).get(), nullptr) << "and is of use afterwards";
}

TEST(ReusingByThreads, GivesNobodyTheSameMemory) {
  static ReusingAllocator allocator(*c10::GetDefaultCPUAllocator(), 0);
  std::vector<std::thread> threads;
  for (char name = 1; name <= 4; ++name)
    threads.emplace_back([name] {
      for (int round = 0; round < 200; ++round) {
        const std::size_t size = (1 + (round + name) % 3) * kMiB;
        const c10::DataPtr memory = allocator.allocate(size);
        auto* const bytes = static_cast<char*>(memory.get());
        for (std::size_t i = 0; i < size; i += 4096) bytes[i] = name;
        for (std::size_t i = 0; i < size; i += 4096) ASSERT_EQ(bytes[i], name);
      }
    });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
