// What a file is, whatever it is called.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace miafr {

// The SHA-256 of a file, in hexadecimal. That of a folder is taken of the lines "<hash>  <path below it>" of its files,
// sorted by path. Files larger than kRememberedSize are remembered by path, size and time of change in the user's cache
// folder ($XDG_CACHE_HOME/miafr or ~/.cache/miafr), as a checkpoint takes seconds. between is called for every MiB that
// is read, and may throw to end it. Throws Error for what cannot be read.
inline constexpr std::uintmax_t kRememberedSize = 64 << 20;
std::string sha256_of(const std::filesystem::path& path, const std::function<void()>& between = {});

// The SHA-256 of bytes in memory, in hexadecimal.
std::string sha256_of_bytes(const void* data, std::size_t size);

}  // namespace miafr
