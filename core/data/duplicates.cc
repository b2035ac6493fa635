#include "core/data/duplicates.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "core/image/difference_hash.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

// Sets that are joined: each element points to another one of its set, up to the first.
class Groups {
 public:
  explicit Groups(std::size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), 0); }
  std::size_t first(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) {
    a = first(a);
    b = first(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::size_t> parent_;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_separator(char c) { return c == '_' || c == '-' || c == '.' || c == ' ' || c == '(' || c == ')' || c == '#'; }

// "anna" of "anna_012.png"; "" where less than two characters are left.
std::string name_prefix(const SurveyedImage& image) {
  std::string name = image.file.stem().string();
  const std::string& label = image.caption.label;
  if (!label.empty() && name.compare(0, label.size(), label) == 0) name.erase(0, label.size());
  const auto trim = [&](auto unwanted) {
    while (!name.empty() && unwanted(name.back())) name.pop_back();
  };
  trim(is_separator);
  trim(is_digit);
  trim(is_separator);
  name.erase(name.begin(), std::find_if_not(name.begin(), name.end(), is_separator));
  return name.size() < 2 ? "" : name;
}

std::set<std::string> names_of(const SurveyedImage& image, const fs::path& folder) {
  std::set<std::string> names;
  const fs::path below = image.file.lexically_relative(folder);
  const std::string first = below.begin()->string();
  if (std::distance(below.begin(), below.end()) > 1 && first != image.caption.label) names.insert(first);
  if (const std::string prefix = name_prefix(image); !prefix.empty()) names.insert(prefix);
  return names;
}

}  // namespace

std::vector<DuplicateGroup> duplicate_groups(const Survey& survey) {
  std::vector<const SurveyedImage*> images;
  for (const auto* set : {&survey.train, &survey.reg})
    for (const SurveyedImage& image : *set)
      if (!image.sha256.empty()) images.push_back(&image);
  Groups groups(images.size());
  std::map<std::string, std::size_t> first_of_bytes;
  std::vector<std::size_t> pictures;  // one of each file's bytes
  for (std::size_t i = 0; i < images.size(); ++i) {
    const auto [first, is_new] = first_of_bytes.emplace(images[i]->sha256, i);
    if (!is_new)
      groups.join(first->second, i);
    else if (images[i]->difference_hash != 0)
      pictures.push_back(i);
  }
  for (std::size_t a = 0; a < pictures.size(); ++a)
    for (std::size_t b = a + 1; b < pictures.size(); ++b)
      if (hash_distance(images[pictures[a]]->difference_hash, images[pictures[b]]->difference_hash) <= kNearDuplicate)
        groups.join(pictures[a], pictures[b]);

  std::map<std::size_t, DuplicateGroup> by_first;
  for (std::size_t i = 0; i < images.size(); ++i) by_first[groups.first(i)].images.push_back(images[i]);
  std::vector<DuplicateGroup> duplicates;
  for (auto& entry : by_first) {
    DuplicateGroup& group = entry.second;
    if (group.images.size() < 2) continue;
    const auto same = [&](const SurveyedImage* image) { return image->sha256 == group.images.front()->sha256; };
    group.identical = std::all_of(group.images.begin(), group.images.end(), same);
    duplicates.push_back(std::move(group));
  }
  return duplicates;
}

std::vector<SharedName> shared_names(const Survey& survey, const DataFolders& folders) {
  std::map<std::string, SharedName> names;
  for (const SurveyedImage& image : survey.train)
    for (const std::string& name : names_of(image, folders.train)) ++names[name].train;
  for (const SurveyedImage& image : survey.reg)
    for (const std::string& name : names_of(image, folders.reg)) ++names[name].reg;
  std::vector<SharedName> shared;
  for (auto& [name, counts] : names)
    if (counts.train > 0 && counts.reg > 0) shared.push_back({name, counts.train, counts.reg});
  return shared;
}

}  // namespace miafr
