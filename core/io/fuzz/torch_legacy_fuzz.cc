#include "core/io/fuzz/fuzz_support.h"
#include "core/io/torch_legacy_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return miafr_fuzz::run(miafr::read_torch_legacy, data, size);
}
