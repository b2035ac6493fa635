// Kernels are on probation: each is tried beside ATen before it takes its place.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace miafr {

class KernelGuard {
 public:
  using Results = std::vector<at::Tensor>;
  struct Trial {
    std::function<Results()> kernel, aten;  // may be called several times
    std::function<void()> wait;             // returns when the device has done what it was given
    double tolerance;                       // allowed difference, as a share of ATen's largest value
  };
  using Clock = std::function<double()>;  // seconds
  using Warn = std::function<void(const std::string&)>;

  KernelGuard();  // with the system's clock and log_warning
  KernelGuard(Clock clock, Warn warn) : clock_(std::move(clock)), warn_(std::move(warn)) {}

  // Whether the kernel of this name is to be used for calls of this kind: whatever changes how it runs, such as device,
  // dtype and sizes. The first call of a kind is a trial. A kernel that fails or whose results differ is left out for
  // good, one that is slower than ATen for calls of that kind; either with a warning.
  bool admits(const std::string& kernel, const std::vector<std::int64_t>& kind, const Trial& trial);

 private:
  bool right(const std::string& kernel, const Trial& trial);
  bool fast(const std::string& kernel, const Trial& trial);

  const Clock clock_;
  const Warn warn_;
  std::mutex mutex_;
  std::set<std::string> left_out_;
  std::map<std::pair<std::string, std::vector<std::int64_t>>, bool> fast_;
};

}  // namespace miafr
