// kernels.cu for the CPU; exports miafr_cuda_kernels like the library that nvcc makes.
#include "core/cuda/kernels.cu"
