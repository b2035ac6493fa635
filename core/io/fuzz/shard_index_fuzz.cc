#include "core/io/fuzz/fuzz_support.h"
#include "core/io/shard_index.h"

// What is read names files beside the index, and no other.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;  // map_file refuses it
  try {
    for (const auto& [shard, tensors] : miafr::read_shard_index(miafr_fuzz::copy_of(data, size))) {
      const std::filesystem::path path = std::filesystem::path("folder") / shard;
      if (path.lexically_normal().parent_path() != "folder" || path.filename() != shard || tensors.empty())
        std::abort();
    }
  } catch (const miafr::Error&) {
  }
  return 0;
}
