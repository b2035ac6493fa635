// The library beside the program that holds what of c10d is in LibTorch's CUDA half, which the program itself does not
// link.
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

#include "core/train/nccl.h"

extern "C" __attribute__((visibility("default"))) const miafr::NcclLibrary miafr_nccl;

namespace {

void make_backend(const c10::intrusive_ptr<c10d::Store>& store, int rank, int size, std::chrono::milliseconds timeout,
                  c10::intrusive_ptr<c10d::Backend>& backend) {
  auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = timeout;
  backend = c10::make_intrusive<c10d::ProcessGroupNCCL>(store, rank, size, std::move(options));
}

}  // namespace

const miafr::NcclLibrary miafr_nccl = {miafr::kNcclLibraryVersion, &make_backend};
