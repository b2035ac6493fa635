// A read-only run of bytes that something keeps alive: a mapped file, a part of one, an inflated buffer.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string_view>

namespace miafr {

struct Bytes {
  std::shared_ptr<const std::byte> data;
  std::size_t size = 0;

  // The part [offset, offset + length), which must lie inside; it keeps the whole alive.
  Bytes part(std::size_t offset, std::size_t length) const {
    return {std::shared_ptr<const std::byte>(data, data.get() + offset), length};
  }
  std::string_view text() const { return {reinterpret_cast<const char*>(data.get()), size}; }
};

// Maps a regular file, private and read-only. Throws Error "FILE: reason" for anything else and for an empty one.
Bytes map_file(const std::filesystem::path& path);

// Gives the memory of bytes back to the system that are not needed for now, where they are a mapped file's: what is
// read again comes from the file again. `data` may be any part of what keeps them alive.
void release_pages(const std::shared_ptr<const std::byte>& data, std::size_t size);

}  // namespace miafr
