#include <ucontext.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "tests/support/cuda_on_cpu/cuda_runtime.h"

dim3 gridDim, blockIdx, threadIdx;

namespace {

constexpr unsigned kLanes = 32;
constexpr std::size_t kStack = 64 * 1024;

// The lanes take turns: each runs until it has given a value to exchange, or to its end. When its turn comes again, all
// lanes have given theirs. Two sets of values: a lane may give the next one before the others have read this one.
class Warp {
 public:
  // Lanes are the threads from `first` on of a block.
  void run(const std::function<void()>& thread, const dim3& block, unsigned first, unsigned lanes) {
    thread_ = &thread;
    lanes_ = lanes;
    running_ = lanes;
    for (lane_ = 0; lane_ < lanes; ++lane_) begin_lane();
    while (running_ > 0)
      for (lane_ = 0; lane_ < lanes; ++lane_)
        if (!ended_[lane_]) {
          const unsigned index = first + lane_;
          threadIdx = {index % block.x, index / block.x % block.y, index / block.x / block.y};
          ::swapcontext(&scheduler_, &contexts_[lane_]);
        }
  }

  float exchange(float value, unsigned offset, bool down) {
    const unsigned lane = lane_, set = exchanges_[lane]++ % 2;
    values_[set][lane] = value;
    ::swapcontext(&contexts_[lane], &scheduler_);
    const unsigned from = down ? lane + offset : offset;
    if (running_ < lanes_ || lanes_ != kLanes) {
      std::fputs("CUDA on the CPU: a warp exchanges values and not all of its lanes take part\n", stderr);
      std::abort();
    }
    return from < kLanes ? values_[set][from] : value;
  }

 private:
  void begin_lane() {
    ended_[lane_] = false;
    exchanges_[lane_] = 0;
    ucontext_t& context = contexts_[lane_];
    ::getcontext(&context);
    context.uc_stack.ss_sp = stacks_.get() + lane_ * kStack;
    context.uc_stack.ss_size = kStack;
    context.uc_link = &scheduler_;
    ::makecontext(&context, &Warp::lane_main, 0);
  }
  static void lane_main();

  const std::function<void()>* thread_ = nullptr;
  unsigned lanes_ = 0, running_ = 0, lane_ = 0;
  ucontext_t scheduler_;
  std::array<ucontext_t, kLanes> contexts_;
  std::array<bool, kLanes> ended_;
  std::array<unsigned, kLanes> exchanges_;
  std::array<std::array<float, kLanes>, 2> values_;
  std::unique_ptr<char[]> stacks_{new char[kLanes * kStack]};
};

Warp& warp() {
  static auto& warp = *new Warp;
  return warp;
}

void Warp::lane_main() {
  Warp& self = warp();
  (*self.thread_)();
  self.ended_[self.lane_] = true;
  --self.running_;
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
