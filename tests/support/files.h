// Where a test finds what was built, and a folder of its own.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace miafr_tests {

namespace fs = std::filesystem;

// A file or folder of the test's `data`, by its path in the source tree; links resolved, as the host wants it.
inline fs::path data_file(const std::string& path) { return fs::canonical(path); }

// bazel-bin/prefix: the installed layout.
inline fs::path prefix() { return data_file("prefix/bin/miafr").parent_path().parent_path(); }
inline fs::path plugin_folder() { return prefix() / "lib" / "miafr" / "plugins"; }

// A fresh, empty folder; removed with the test's other temporary files.
inline fs::path temporary_folder() {
  std::string name = (fs::path(std::getenv("TEST_TMPDIR")) / "XXXXXX").string();
  return fs::canonical(::mkdtemp(name.data()));
}

// A writable copy (Bazel's outputs are read-only).
inline fs::path copy_writable(const fs::path& from, const fs::path& to) {
  fs::create_directories(to.parent_path());
  fs::copy_file(from, to, fs::copy_options::overwrite_existing);
  fs::permissions(to, fs::perms::owner_write, fs::perm_options::add);
  return to;
}

}  // namespace miafr_tests
