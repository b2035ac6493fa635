// What the fuzz targets share.
#pragma once

#include <cstdlib>
#include <cstring>

#include "core/io/bytes.h"
#include "core/io/checkpoint.h"
#include "core/base/errors.h"

namespace miafr_fuzz {

// An allocation of its own for each input, so that the address sanitizer sees a read past its end.
inline miafr::Bytes copy_of(const std::uint8_t* data, std::size_t size) {
  const std::shared_ptr<std::byte> copy(new std::byte[size], std::default_delete<std::byte[]>());
  if (size > 0) std::memcpy(copy.get(), data, size);
  return {copy, size};
}

// The first and the last byte that the tensor reaches, which must lie inside what holds it.
inline unsigned touch(const miafr::TensorView& tensor) {
  const auto span = miafr::span_of(tensor);
  if (!span) std::abort();
  if (*span == 0) return 0;
  const auto bytes = static_cast<std::size_t>(*span) * miafr::size_of(tensor.dtype);
  return static_cast<unsigned>(tensor.data.get()[0]) + static_cast<unsigned>(tensor.data.get()[bytes - 1]);
}

template <class Reader>
int run(Reader read, const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;  // map_file refuses it
  miafr::Checkpoint checkpoint;
  checkpoint.path = "fuzz";
  try {
    read(copy_of(data, size), checkpoint);
    static volatile unsigned sum;
    for (const auto& [name, entry] : checkpoint.entries) sum = touch(entry.read());
    if (checkpoint.entries.empty()) std::abort();
  } catch (const miafr::Error&) {
  }
  return 0;
}

}  // namespace miafr_fuzz
