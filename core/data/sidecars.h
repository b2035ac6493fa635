// Text files beside photos: which one holds a photo's caption, and which ones no photo takes its caption from.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace miafr {

// Looks into each folder once, when the first of its photos is asked for.
class Sidecars {
 public:
  // "a.txt" or, where there is none, "a.TXT" and the like, for "a.jpg"; empty where there is none.
  std::filesystem::path of(const std::filesystem::path& photo);

 private:
  std::map<std::filesystem::path, std::map<std::string, std::filesystem::path>> by_stem_;  // of each folder
};

struct UnusedText {
  std::filesystem::path file;
  std::filesystem::path meant;  // the name under which its photo would take its caption from it; empty: of no photo
};

// The files below `folder` that look like captions and are not in `used`: .txt, .caption and the like always; .json,
// .csv and the like where they are called as a photo is, or captions or metadata. Sorted by path.
std::vector<UnusedText> find_unused_texts(const std::filesystem::path& folder,
                                          const std::vector<std::filesystem::path>& photos,
                                          const std::set<std::filesystem::path>& used);

}  // namespace miafr
