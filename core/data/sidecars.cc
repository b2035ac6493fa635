#include "core/data/sidecars.h"

#include <algorithm>
#include <string_view>
#include <system_error>

namespace miafr {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCaptions[] = {".txt", ".text", ".caption", ".captions", ".cap", ".tag", ".tags", ".prompt"};
constexpr std::string_view kData[] = {".json", ".jsonl", ".csv", ".tsv", ".yaml", ".yml", ".xml"};

// Not tolower, which goes by the language of the system.
std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c += 'a' - 'A';
  return text;
}

std::string extension_of(const fs::path& file) { return lower(file.extension().string()); }

template <std::size_t N>
bool is_among(const std::string_view (&words)[N], const std::string& word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

// Photos by their path without the extension, and by the whole, as c.jpg.txt is called after c.jpg.
std::map<fs::path, fs::path> by_name(const std::vector<fs::path>& photos) {
  std::map<fs::path, fs::path> names;
  for (const fs::path& photo : photos) names[photo] = names[fs::path(photo).replace_extension()] = photo;
  return names;
}

}  // namespace

fs::path Sidecars::of(const fs::path& photo) {
  std::error_code error;
  const fs::path usual = fs::path(photo).replace_extension(".txt");
  if (fs::exists(fs::symlink_status(usual, error))) return usual;
  const auto [folder, is_new] = by_stem_.try_emplace(photo.parent_path());
  if (is_new)
    for (fs::directory_iterator entry(photo.parent_path(), error), end; !error && entry != end; entry.increment(error))
      if (extension_of(entry->path()) == ".txt") {
        fs::path& known = folder->second[entry->path().stem().string()];
        if (known.empty() || entry->path() < known) known = entry->path();
      }
  const auto found = folder->second.find(photo.stem().string());
  return found == folder->second.end() ? fs::path() : found->second;
}

std::vector<UnusedText> find_unused_texts(const fs::path& folder, const std::vector<fs::path>& photos,
                                          const std::set<fs::path>& used) {
  const std::map<fs::path, fs::path> names = by_name(photos);
  std::vector<UnusedText> unused;
  std::error_code error;
  const auto options = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator entry(folder, options, error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::path& file = entry->path();
    std::error_code unknown;
    if (file.filename().native()[0] == '.') {
      if (entry->is_directory(unknown)) entry.disable_recursion_pending();
      continue;
    }
    if (!entry->is_regular_file(unknown) || used.count(file)) continue;
    const auto photo = names.find(fs::path(file).replace_extension());
    const std::string stem = lower(file.stem().string());
    const bool is_data =
        is_among(kData, extension_of(file)) && (photo != names.end() || stem == "captions" || stem == "metadata");
    if (!is_among(kCaptions, extension_of(file)) && !is_data) continue;
    unused.push_back({file, photo == names.end() ? fs::path() : fs::path(photo->second).replace_extension(".txt")});
  }
  std::sort(unused.begin(), unused.end(), [](const auto& a, const auto& b) { return a.file < b.file; });
  return unused;
}

}  // namespace miafr
