// Eight or sixteen floats at a time, for what is written by hand for the CPU: functions marked MIAFR_AVX2 or
// MIAFR_AVX512 may only be called where has_avx2() or has_avx512() says so.
#pragma once

#include <cstdint>
#include <cstring>

#ifdef __x86_64__
#define MIAFR_AVX2 __attribute__((target("avx2,fma")))
#define MIAFR_AVX2_INLINE MIAFR_AVX2 __attribute__((always_inline)) inline
#define MIAFR_AVX512 __attribute__((target("avx512f")))
#define MIAFR_AVX512_INLINE MIAFR_AVX512 __attribute__((always_inline)) inline
#else
#define MIAFR_AVX2
#define MIAFR_AVX2_INLINE inline
#define MIAFR_AVX512
#define MIAFR_AVX512_INLINE inline
#endif

namespace miafr::simd {

constexpr int64_t kLanes = 8, kWideLanes = 16;

using Wide = float __attribute__((vector_size(kWideLanes * sizeof(float)), aligned(sizeof(float)), may_alias));
using Vector = float __attribute__((vector_size(kLanes * sizeof(float)), aligned(sizeof(float)), may_alias));

MIAFR_AVX2_INLINE Vector load(const float* from) { return *reinterpret_cast<const Vector*>(from); }
MIAFR_AVX2_INLINE void store(float* to, Vector x) { *reinterpret_cast<Vector*>(to) = x; }

// The first n floats; the others are zero.
MIAFR_AVX2_INLINE Vector load(const float* from, int64_t n) {
  if (n >= kLanes) return load(from);
  float some[kLanes] = {};
  std::memcpy(some, from, n * sizeof(float));
  return load(some);
}
MIAFR_AVX2_INLINE void store(float* to, Vector x, int64_t n) {
  if (n >= kLanes) return store(to, x);
  std::memcpy(to, &x, n * sizeof(float));
}

MIAFR_AVX512_INLINE Wide load_wide(const float* from) { return *reinterpret_cast<const Wide*>(from); }
MIAFR_AVX512_INLINE void store_wide(float* to, Wide x) { *reinterpret_cast<Wide*>(to) = x; }

}  // namespace miafr::simd
