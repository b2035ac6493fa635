#include "core/runtime/device.h"

#include <ATen/Context.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <dlfcn.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <sstream>
#include <vector>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/runtime/sdk_flags.h"

namespace miafr {
namespace {

std::string open_cuda() {
  if (!std::filesystem::exists("/proc/driver/nvidia/version")) return "no NVIDIA driver on this machine";
  const auto library = torch_folder() / "lib" / "libtorch_cuda.so";
  if (::dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL) == nullptr)
    return std::string("LibTorch's CUDA half does not load (") + ::dlerror() + "); run ./miafr setup --cuda";
  if (!at::globalContext().hasCUDA() || at::detail::getCUDAHooks().deviceCount() == 0)
    return "the NVIDIA driver shows no GPU";
  return "";
}

bool is_number(const std::string& text) {
  for (unsigned char c : text)
    if (!std::isdigit(c)) return false;
  return !text.empty() && text.size() < 4;
}

int visible_gpus() { return cuda_obstacle().empty() ? at::detail::getCUDAHooks().deviceCount() : 0; }

std::vector<std::string> parts_of(const std::string& list) {
  std::vector<std::string> parts;
  std::istringstream in(list);
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  return parts;
}

c10::Device cuda_device(int index) {
  const int count = visible_gpus();
  if (index >= count)
    throw Error("GPU " + std::to_string(index) + " is asked for, but there are only " + std::to_string(count) +
                ", counted from 0");
  return {c10::kCUDA, static_cast<c10::DeviceIndex>(index)};
}

}  // namespace

std::string cuda_obstacle() {
  static const auto& obstacle = *new std::string(open_cuda());
  return obstacle;
}

c10::Device choose_device(const std::string& wanted, int local_rank) {
  if (wanted == "cpu") return c10::kCPU;
  const bool indexed = wanted.rfind("cuda:", 0) == 0 && is_number(wanted.substr(5));
  if (wanted != "auto" && wanted != "cuda" && !indexed)
    throw UsageError("--device " + wanted + ": allowed are auto, cpu, cuda and cuda:N");
  if (!cuda_obstacle().empty()) {
    if (wanted == "auto") return c10::kCPU;
    throw Error("--device " + wanted + ": " + cuda_obstacle() + "; use --device cpu");
  }
  return cuda_device(indexed ? std::stoi(wanted.substr(5)) : visible_gpus() == 1 ? 0 : local_rank);
}

int gpu_of_rank(const std::string& gpus, int local_rank, int num_ranks, int visible) {
  const std::vector<std::string> numbers = parts_of(gpus);
  if (numbers.empty() || !std::all_of(numbers.begin(), numbers.end(), is_number))
    throw UsageError("--gpus " + gpus + ": give GPU numbers as in '0,'");
  if (num_ranks > 1 && visible == 1) return 0;
  if (local_rank >= static_cast<int>(numbers.size()))
    throw UsageError("--gpus " + gpus + ": names " + std::to_string(numbers.size()) + ", but this is process " +
                     std::to_string(local_rank + 1) + " of this machine; give one for each");
  if (num_ranks == 1 && numbers.size() > 1)
    log_warning("--gpus " + gpus + ": one GPU is used, number " + numbers[0] +
                "; for several start one process for each, with torchrun or srun");
  return std::stoi(numbers[local_rank]);
}

c10::Device device_of_gpus(const std::string& gpus, int local_rank, int num_ranks) {
  const int gpu = gpu_of_rank(gpus, local_rank, num_ranks, visible_gpus());
  if (cuda_obstacle().empty()) return cuda_device(gpu);
  log_warning("--gpus " + gpus + ": " + cuda_obstacle() + "; the CPU is used");
  return c10::kCPU;
}

}  // namespace miafr
