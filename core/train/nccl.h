// NCCL, by which GPUs exchange gradients without the CPU's memory: c10d's own ProcessGroupNCCL, out of a library beside
// the program, since it is a part of LibTorch's CUDA half.
#pragma once

#include <c10/util/intrusive_ptr.h>

#include <chrono>
#include <cstdint>
#include <filesystem>

namespace c10d {
class Backend;
class Store;
}  // namespace c10d

namespace miafr {

// What the library exports, as `miafr_nccl`.
struct NcclLibrary {
  std::int32_t version;
  // Throws what c10d throws. All ranks call it; it returns before they have met.
  void (*make_backend)(const c10::intrusive_ptr<c10d::Store>& store, int rank, int size,
                       std::chrono::milliseconds timeout, c10::intrusive_ptr<c10d::Backend>& backend);
};

// Counts up with every change of NcclLibrary and of LibTorch; the host refuses a library with another number.
constexpr std::int32_t kNcclLibraryVersion = 1;

// lib/miafr/libmiafr_nccl.so beside the program, whether it is there or not.
std::filesystem::path nccl_file();

// Loads such a library, for good; `file` must lie in `folder` (see trusted_file.h). LibTorch's CUDA half has to be
// loaded. Throws Error when it cannot be used.
const NcclLibrary& load_nccl(const std::filesystem::path& file, const std::filesystem::path& folder);

}  // namespace miafr
