#include "core/image/find_images.h"

#include <algorithm>
#include <string_view>
#include <system_error>

#include "core/base/errors.h"
#include "core/base/shown.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kExtensions[] = {".jpg", ".jpeg", ".jpe",  ".jfif", ".png", ".webp",
                                            ".tif", ".tiff", ".bmp",  ".pgm",  ".ppm", ".pnm",
                                            ".gif", ".heic", ".heif", ".avif", ".jp2", ".jxl"};

bool has_image_extension(const fs::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension)
    if (c >= 'A' && c <= 'Z') c += 'a' - 'A';  // not tolower, which goes by the language of the system
  return std::find(std::begin(kExtensions), std::end(kExtensions), extension) != std::end(kExtensions);
}

class Search {
 public:
  Search(const fs::path& root, bool recursive) : root_(fs::canonical(root)), recursive_(recursive) {}

  // Throws filesystem_error where the folder cannot be listed.
  void list(const fs::path& folder) {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      const fs::path& path = entry.path();
      if (path.filename().native()[0] == '.') continue;
      std::error_code unknown;
      if (entry.is_symlink(unknown)) {
        add_link(path);
      } else if (entry.is_directory(unknown)) {
        add_folder(path);
      } else if (has_image_extension(path)) {
        found.files.push_back(path);
      }
    }
  }

  FoundImages found;

 private:
  void add_folder(const fs::path& path) {
    if (!recursive_) {
      if (has_image_extension(path)) refuse(path, "a folder, not a file");
      return;
    }
    try {
      list(path);
    } catch (const fs::filesystem_error& e) {
      refuse(path, "cannot be listed: " + e.code().message());
    }
  }

  void add_link(const fs::path& path) {
    std::error_code error;
    const fs::path target = fs::canonical(path, error);
    const bool folder = !error && fs::is_directory(target, error);
    if (!has_image_extension(path) && !(folder && recursive_)) return;
    if (target.empty()) return refuse(path, "a link to nothing");
    if (!is_below_root(target)) return refuse(path, "a link that leads outside the folder");
    if (folder && !recursive_) return refuse(path, "a folder, not a file");
    if (!folder) found.files.push_back(path);
  }

  bool is_below_root(const fs::path& target) const {
    return std::mismatch(root_.begin(), root_.end(), target.begin(), target.end()).first == root_.end();
  }

  void refuse(const fs::path& path, const std::string& reason) { found.refused.push_back({path, reason}); }

  const fs::path root_;
  const bool recursive_;
};

}  // namespace

FoundImages find_images(const fs::path& folder, bool recursive) {
  FoundImages found;
  try {
    Search search(folder, recursive);
    search.list(folder);
    found = std::move(search.found);
  } catch (const fs::filesystem_error& e) {
    throw Error(shown(folder.string(), std::string::npos) + ": cannot be listed: " + e.code().message());
  }
  std::sort(found.files.begin(), found.files.end(),
            [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
  std::sort(found.refused.begin(), found.refused.end(),
            [](const RefusedPath& a, const RefusedPath& b) { return a.path.native() < b.path.native(); });
  return found;
}

}  // namespace miafr
