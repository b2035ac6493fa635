// Which device a run uses. LibTorch's CUDA half is not linked: it is opened when a CUDA device is wanted and a driver
// is there, so that the program starts fast and runs where there is none.
#pragma once

#include <c10/core/Device.h>

#include <string>

namespace miafr {

// Opens the CUDA half once. "" when CUDA can be used, else why not, with what to do.
std::string cuda_obstacle();

// auto (CUDA when it can be used), cpu, cuda, cuda:1. Of several processes that work together on a machine, the one of
// that local_rank (from 0) takes the GPU of that number where none is named; where a launcher shows each process a GPU
// of its own only, that one. Throws UsageError for other words, Error when CUDA is asked for and cannot be used.
c10::Device choose_device(const std::string& wanted, int local_rank = 0);

// The published command line's --gpus: "0," is the first GPU, "2,3" the third for local rank 0 and the fourth for 1.
// Without a GPU there is a warning and the CPU. num_ranks: of processes in all; with one, the first GPU of the list is
// used, with a warning where there are more. Throws as gpu_of_rank, and Error for a GPU that is not there.
c10::Device device_of_gpus(const std::string& gpus, int local_rank = 0, int num_ranks = 1);

// Which of the `visible` GPUs, from 0, the list means for the process of that local_rank. Of several processes one that
// sees a single GPU takes that, whatever the list: its launcher has shared them out (srun --gpus-per-task). Throws
// UsageError for what is no list, and for one too short.
int gpu_of_rank(const std::string& gpus, int local_rank, int num_ranks, int visible);

}  // namespace miafr
