#include "core/runtime/device.h"

#include <ATen/Context.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <dlfcn.h>

#include <cctype>
#include <filesystem>

#include "core/runtime/errors.h"
#include "core/runtime/log.h"
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

c10::Device cuda_device(int index) {
  const int count = at::detail::getCUDAHooks().deviceCount();
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

c10::Device choose_device(const std::string& wanted) {
  if (wanted == "cpu") return c10::kCPU;
  if (wanted == "auto") return cuda_obstacle().empty() ? cuda_device(0) : c10::Device(c10::kCPU);
  const bool indexed = wanted.rfind("cuda:", 0) == 0 && is_number(wanted.substr(5));
  if (wanted != "cuda" && !indexed) throw UsageError("--device " + wanted + ": allowed are auto, cpu, cuda and cuda:N");
  if (!cuda_obstacle().empty()) throw Error("--device " + wanted + ": " + cuda_obstacle() + "; use --device cpu");
  return cuda_device(indexed ? std::stoi(wanted.substr(5)) : 0);
}

c10::Device device_of_gpus(const std::string& gpus) {
  const std::string first = gpus.substr(0, gpus.find(','));
  if (!is_number(first)) throw UsageError("--gpus " + gpus + ": give GPU numbers as in '0,'");
  if (gpus.find_first_not_of(',', first.size()) != std::string::npos)
    log_warning("--gpus " + gpus + ": one GPU is used, number " + first);
  if (cuda_obstacle().empty()) return cuda_device(std::stoi(first));
  log_warning("--gpus " + gpus + ": " + cuda_obstacle() + "; the CPU is used");
  return c10::kCPU;
}

}  // namespace miafr
