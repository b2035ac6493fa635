#include "core/io/whole_file.h"

#include <fstream>
#include <iterator>

#include "core/io/atomic_file.h"

namespace miafr {

void write_file(const std::filesystem::path& path, const std::string& text) {
  AtomicFile file(path, text.size());
  file.write(text);
  file.commit();
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace miafr
