// Functions whose loops are compiled twice: for any processor, and with AVX2, which is chosen where it is there.
#pragma once

#ifdef __x86_64__
#define MIAFR_VECTORISED __attribute__((target_clones("avx2", "default")))
#else
#define MIAFR_VECTORISED
#endif
