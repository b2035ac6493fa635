#include "core/editing/photos_to_edit.h"

#include <map>
#include <set>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/base/shown.h"
#include "core/image/find_images.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

std::vector<PhotoToEdit> photos_of_folder(const fs::path& folder) {
  const FoundImages found = find_images(folder, /*recursive=*/true);
  for (const RefusedPath& refused : found.refused)
    log_warning(shown(refused.path.string(), 300) + ": " + refused.reason + "; left out");
  std::vector<PhotoToEdit> photos;
  for (const fs::path& file : found.files) {
    const fs::path below = file.lexically_relative(folder);
    const bool has_person = std::distance(below.begin(), below.end()) > 1;
    photos.push_back({file, below.generic_string(), has_person ? below.begin()->string() : ""});
  }
  return photos;
}

void check_persons(const std::vector<PhotoToEdit>& photos) {
  std::map<bool, std::string> one_of;
  for (const PhotoToEdit& photo : photos) one_of.try_emplace(photo.person.empty(), photo.name);
  if (one_of.size() == 2)
    throw Error("--input: " + shown(one_of[true]) + " lies in no folder of a person, " + shown(one_of[false]) +
                " does; give photos of one person, or a folder for each person");
}

void check_names(const std::vector<PhotoToEdit>& photos) {
  std::set<std::string> names;
  for (const PhotoToEdit& photo : photos)
    if (!names.insert(photo.name).second)
      throw Error("--input: two photos are called " + shown(photo.name) + "; edit them into folders of their own");
}

std::vector<PhotoToEdit> first_of_each(const std::vector<PhotoToEdit>& photos, std::int64_t limit) {
  std::map<std::string, std::int64_t> taken;
  std::vector<PhotoToEdit> first;
  for (const PhotoToEdit& photo : photos)
    if (limit == 0 || ++taken[photo.person] <= limit) first.push_back(photo);
  return first;
}

std::optional<fs::path> with_any_extension(const fs::path& stem) {
  if (!fs::is_directory(stem.parent_path())) return std::nullopt;
  for (const fs::path& file : find_images(stem.parent_path(), /*recursive=*/false).files)
    if (file.stem() == stem.filename()) return file;
  return std::nullopt;
}

}  // namespace

std::vector<PhotoToEdit> photos_to_edit(const std::vector<std::string>& words, std::int64_t limit) {
  std::vector<PhotoToEdit> photos;
  for (const std::string& word : words) {
    const fs::path path = word;
    if (fs::is_directory(path)) {
      const auto found = photos_of_folder(path.has_filename() ? path : path.parent_path());
      photos.insert(photos.end(), found.begin(), found.end());
    } else if (fs::exists(path)) {
      photos.push_back({path, path.filename().string(), ""});
    } else {
      throw Error("--input " + shown(word, 300) + ": there is no such file or folder");
    }
  }
  if (photos.empty()) throw Error("--input " + shown(words.front(), 300) + ": there are no images in it");
  check_persons(photos);
  photos = first_of_each(photos, limit);
  check_names(photos);
  return photos;
}

std::optional<fs::path> companion_of(const PhotoToEdit& photo, const fs::path& place) {
  if (!fs::is_directory(place)) return place;
  if (const auto found = with_any_extension(place / fs::path(photo.name).replace_extension())) return found;
  return with_any_extension(place / photo.file.stem());
}

}  // namespace miafr
