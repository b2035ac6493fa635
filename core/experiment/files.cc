#include "core/experiment/files.h"

#include <fstream>
#include <iterator>

#include "core/io/atomic_file.h"
#include "core/runtime/errors.h"

namespace miafr {
namespace fs = std::filesystem;

void write_file(const fs::path& path, const std::string& text) {
  AtomicFile file(path, text.size());
  file.write(text);
  file.commit();
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

void link_or_copy(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_directories(to.parent_path(), error);
  fs::create_hard_link(fs::canonical(from), to, error);
  if (!error) return;
  fs::copy_file(from, to, error);
  if (error) throw Error(to.string() + ": cannot be written: " + error.message());
}

}  // namespace miafr
