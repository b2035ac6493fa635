// What vector instructions this processor has, asked once: as LibTorch sees it, so that ATEN_CPU_CAPABILITY=avx2 or
// =default, which keep LibTorch from using more, do the same here.
#pragma once

#include <ATen/Version.h>

namespace miafr {

inline bool has_avx512() {
#ifdef __x86_64__
  static const bool has = at::get_cpu_capability() == "AVX512";
  return has;
#else
  return false;
#endif
}

// Whether it has AVX2 and FMA.
inline bool has_avx2() {
#ifdef __x86_64__
  static const bool has = has_avx512() || at::get_cpu_capability() == "AVX2";
  return has;
#else
  return false;
#endif
}

}  // namespace miafr
