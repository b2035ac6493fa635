// How much memory a run may take.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace miafr {

// Bytes that this process can still have on the CPU without swapping: what the system says is available, and no more
// than its control group leaves it. Nothing where /proc does not tell.
std::optional<std::uint64_t> available_memory();

// Bytes of this process that are in memory now; 0 where /proc does not tell.
std::uint64_t resident_memory();

// "1.5 GiB", "20 MiB".
std::string memory_text(double bytes);

}  // namespace miafr
