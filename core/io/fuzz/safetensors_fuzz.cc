#include "core/io/fuzz/fuzz_support.h"
#include "core/io/safetensors_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return miafr_fuzz::run(miafr::read_safetensors, data, size);
}
