// Which device a run uses. LibTorch's CUDA half is not linked: it is opened when a CUDA device is wanted and a driver
// is there, so that the program starts fast and runs where there is none.
#pragma once

#include <c10/core/Device.h>

#include <string>

namespace miafr {

// Opens the CUDA half once. "" when CUDA can be used, else why not, with what to do.
std::string cuda_obstacle();

// auto (CUDA when it can be used), cpu, cuda, cuda:1. Throws UsageError for other words, Error when CUDA is asked for
// and cannot be used.
c10::Device choose_device(const std::string& wanted);

// The published command line's --gpus: "0," is the first GPU. One GPU is used; without one there is a warning and the
// CPU.
c10::Device device_of_gpus(const std::string& gpus);

}  // namespace miafr
