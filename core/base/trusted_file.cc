#include "core/base/trusted_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "core/base/errors.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& file, const std::string& reason) {
  throw PluginError("plugin " + file.string() + ": " + reason);
}

struct stat status_of(const fs::path& path, const fs::path& file) {
  struct stat status;
  if (::stat(path.c_str(), &status) != 0) refuse(file, "cannot read " + path.string() + ": " + std::strerror(errno));
  return status;
}

bool is_inside(const fs::path& file, const fs::path& folder) {
  const auto [end, ignored] = std::mismatch(folder.begin(), folder.end(), file.begin(), file.end());
  return end == folder.end();
}

void refuse_if_anyone_can_change_it(const fs::path& path, const fs::path& file) {
  const struct stat status = status_of(path, file);
  const bool sticky_root_folder = S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) && status.st_uid == 0;
  if ((status.st_mode & S_IWOTH) && !sticky_root_folder)
    refuse(file, path == file
                     ? "every user may write to the file; run chmod o-w " + path.string()
                     : "every user may write to its folder " + path.string() + "; run chmod o-w " + path.string());
}

}  // namespace

fs::path trusted_file(const fs::path& file, const std::vector<fs::path>& folders) {
  std::error_code error;
  const fs::path real = fs::canonical(file, error);
  if (error) refuse(file, "cannot be resolved: " + error.message());

  const bool inside = std::any_of(folders.begin(), folders.end(), [&](const fs::path& folder) {
    const fs::path real_folder = fs::canonical(folder, error);
    return !error && is_inside(real, real_folder);
  });
  if (!inside)
    refuse(file, "is a link to " + real.string() +
                     ", outside the plugin folders; copy the library there, or name its folder with --plugin-dir");

  const struct stat status = status_of(real, real);
  if (!S_ISREG(status.st_mode)) refuse(real, "is not a regular file");
  if (status.st_uid != 0 && status.st_uid != ::geteuid())
    refuse(real, "belongs to user id " + std::to_string(status.st_uid) +
                     ", neither root nor you; run chown, or copy it to a folder of your own");
  for (fs::path path = real;; path = path.parent_path()) {
    refuse_if_anyone_can_change_it(path, real);
    if (path == path.parent_path()) break;
  }
  return real;
}

}  // namespace miafr
