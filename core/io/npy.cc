#include "core/io/npy.h"

#include <cassert>
#include <string>

#include "core/io/atomic_file.h"

namespace miafr {

void write_npy(const std::filesystem::path& path, const std::vector<float>& values, std::int64_t rows,
               std::int64_t columns) {
  assert(static_cast<std::int64_t>(values.size()) == rows * columns);
  std::string dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(rows) + ", " +
                           std::to_string(columns) + "), }";
  constexpr std::size_t kBefore = 10, kAlignment = 64;  // magic, version and length; where the values begin
  dictionary.append(kAlignment - (kBefore + dictionary.size() + 1) % kAlignment, ' ');
  dictionary += '\n';
  std::string start("\x93NUMPY\x01\x00", 8);
  start += static_cast<char>(dictionary.size() & 0xff);
  start += static_cast<char>(dictionary.size() >> 8);
  const std::size_t bytes = values.size() * sizeof(float);
  AtomicFile file(path, start.size() + dictionary.size() + bytes);
  file.write(start + dictionary);
  file.write(values.data(), bytes);
  file.commit();
}

}  // namespace miafr
