#include <ucontext.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "tests/support/cuda_on_cpu/cuda_runtime.h"

dim3 gridDim, blockIdx, threadIdx;

namespace {

constexpr unsigned kLanes = 32;
constexpr std::size_t kStack = 64 * 1024;

// The lanes take turns, each on a stack of its own: it runs until it has given a value to exchange, or to its end. When
// its turn comes again, all lanes have given theirs. Two sets of values: a lane may give the next one before the others
// have read this one. Between turns it is _setjmp and _longjmp, a hundred times as fast as swapcontext.
class Warp {
 public:
  Warp() {
    for (unsigned lane = 0; lane < kLanes; ++lane) begin(lane);
  }

  // The threads from `first` on of a block.
  void run(const std::function<void()>& thread, const dim3& block, unsigned first, unsigned lanes) {
    thread_ = &thread;
    lanes_ = running_ = lanes;
    ended_.fill(false);
    exchanges_.fill(0);
    while (running_ > 0)
      for (lane_ = 0; lane_ < lanes; ++lane_) {
        if (ended_[lane_]) continue;
        const unsigned index = first + lane_;
        threadIdx = {index % block.x, index / block.x % block.y, index / block.x / block.y};
        if (_setjmp(scheduler_) == 0) _longjmp(lane_states_[lane_], 1);
      }
  }

  float exchange(float value, unsigned offset, bool down) {
    const unsigned lane = lane_, number = exchanges_[lane]++;
    values_[number % 2][lane] = value;
    end_turn();
    const bool all = std::all_of(exchanges_.begin(), exchanges_.end(), [&](unsigned n) { return n > number; });
    if (!all || lanes_ != kLanes) {
      std::fputs("CUDA on the CPU: a warp exchanges values and not all of its lanes take part\n", stderr);
      std::abort();
    }
    const unsigned from = down ? lane + offset : offset;
    return from < kLanes ? values_[number % 2][from] : value;
  }

 private:
  // Enters lane_main on the lane's stack, which comes back at once and waits for its first turn.
  void begin(unsigned lane) {
    lane_ = lane;
    ucontext_t context;
    ::getcontext(&context);
    context.uc_stack.ss_sp = stacks_.get() + lane * kStack;
    context.uc_stack.ss_size = kStack;
    const auto self = reinterpret_cast<std::uintptr_t>(this);
    ::makecontext(&context, reinterpret_cast<void (*)()>(&Warp::lane_main), 2, static_cast<unsigned>(self >> 32),
                  static_cast<unsigned>(self));
    if (_setjmp(scheduler_) == 0) ::setcontext(&context);
  }

  static void lane_main(unsigned high, unsigned low) {
    auto& self = *reinterpret_cast<Warp*>(static_cast<std::uintptr_t>(high) << 32 | low);
    for (;;) {
      self.end_turn();
      (*self.thread_)();
      self.ended_[self.lane_] = true;
      --self.running_;
    }
  }

  void end_turn() {
    if (_setjmp(lane_states_[lane_]) == 0) _longjmp(scheduler_, 1);
  }

  const std::function<void()>* thread_ = nullptr;
  unsigned lanes_ = 0, running_ = 0, lane_ = 0;
  std::jmp_buf scheduler_;
  std::array<std::jmp_buf, kLanes> lane_states_;
  std::array<bool, kLanes> ended_;
  std::array<unsigned, kLanes> exchanges_;
  std::array<std::array<float, kLanes>, 2> values_;
  std::unique_ptr<char[]> stacks_{new char[kLanes * kStack]};
};

Warp& warp() {
  static auto& warp = *new Warp;
  return warp;
}

}  // namespace

namespace cuda_on_cpu {

cudaError_t run(const cudaLaunchConfig_t& config, const std::function<void()>& thread) {
  const dim3 &grid = config.gridDim, &block = config.blockDim;
  const unsigned threads = block.x * block.y * block.z;
  if (grid.x == 0 || grid.y == 0 || grid.z == 0 || threads == 0 || threads > 1024 || grid.y > 65535 || grid.z > 65535)
    return cudaErrorInvalidConfiguration;
  gridDim = grid;
  for (blockIdx.z = 0; blockIdx.z < grid.z; ++blockIdx.z)
    for (blockIdx.y = 0; blockIdx.y < grid.y; ++blockIdx.y)
      for (blockIdx.x = 0; blockIdx.x < grid.x; ++blockIdx.x)
        for (unsigned first = 0; first < threads; first += kLanes)
          warp().run(thread, block, first, std::min(kLanes, threads - first));
  return cudaSuccess;
}

}  // namespace cuda_on_cpu

float __shfl_sync(unsigned, float value, unsigned lane) { return warp().exchange(value, lane, false); }
float __shfl_down_sync(unsigned, float value, unsigned offset) { return warp().exchange(value, offset, true); }

const char* cudaGetErrorString(cudaError_t error) {
  return error == cudaSuccess             ? "no error"
         : error == cudaErrorInvalidValue ? "invalid argument"
                                          : "invalid configuration";
}
