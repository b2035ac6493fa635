// Which photos are edited, and whose they are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace miafr {

struct PhotoToEdit {
  std::filesystem::path file;
  std::string name;    // below the folder that was named, such as "anna/001.jpg"; else the file's own
  std::string person;  // the first folder below it; "" where photos lie in no folder of a person
};

// Of files and folders: a folder holds either photos or a folder for each person, whose photos may lie deeper. Sorted
// by path within each. limit: the first so many of each person; 0 for all. What a folder refuses is warned of. Throws
// Error where there is no photo, where photos lie beside folders of persons, and for two photos of one name.
std::vector<PhotoToEdit> photos_to_edit(const std::vector<std::string>& words, std::int64_t limit);

// The file that belongs to a photo in a folder: of the same name below it, or of the photo's own file name, with any
// image's extension. `place` itself where it is a file. Nothing where there is none.
std::optional<std::filesystem::path> companion_of(const PhotoToEdit& photo, const std::filesystem::path& place);

}  // namespace miafr
