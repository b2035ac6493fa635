#include "core/evaluation/samples.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/base/errors.h"
#include "core/base/shown.h"
#include "core/config/nearest.h"
#include "core/image/find_images.h"
#include "core/io/csv_table.h"

namespace miafr {
namespace fs = std::filesystem;
namespace {

constexpr const char* kManifest = "manifest.csv";

// Labels of the pictures that a manifest lists, by canonical path.
std::map<fs::path, std::string> read_manifest(const fs::path& csv) {
  std::map<fs::path, std::string> labels;
  read_csv_table(csv, {"file"}, {"label"}, [&](const CsvRecord& row) {
    labels[(csv.parent_path() / row["file"]).lexically_normal()] = row["label"];
  });
  return labels;
}

// Manifests below one folder, each read once.
class Manifests {
 public:
  explicit Manifests(fs::path root) : root_(std::move(root)) {}

  // The manifest of the nearest folder above the file, up to the root; null where there is none.
  const std::map<fs::path, std::string>* of(const fs::path& file) {
    for (fs::path folder = file.parent_path();; folder = folder.parent_path()) {
      const auto [found, is_new] = manifests_.try_emplace(folder);
      if (is_new && fs::is_regular_file(folder / kManifest)) found->second = read_manifest(folder / kManifest);
      if (found->second) return &*found->second;
      if (folder == root_ || folder == folder.parent_path()) return nullptr;
    }
  }

  // "PATH/manifest.csv: 2 of its pictures are not there, the first being a.png", for each that lists such.
  std::vector<std::string> without_picture() const {
    std::vector<std::string> all;
    for (const auto& [folder, manifest] : manifests_) {
      if (!manifest) continue;
      std::vector<fs::path> missing;
      for (const auto& [file, label] : *manifest)
        if (!fs::exists(file)) missing.push_back(file);
      if (missing.empty()) continue;
      all.push_back(shown((folder / kManifest).string(), 300) + ": " + std::to_string(missing.size()) +
                    " of its pictures are not there, the first being " +
                    shown(missing[0].lexically_relative(folder).string(), 300));
    }
    return all;
  }

 private:
  const fs::path root_;
  std::map<fs::path, std::optional<std::map<fs::path, std::string>>> manifests_;
};

std::optional<std::string> matched(const std::regex& expression, const std::string& text) {
  std::smatch match;
  if (!std::regex_search(text, match, expression)) return std::nullopt;
  return match.size() > 1 ? match[1].str() : match[0].str();
}

bool is_among(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string subject_of(const fs::path& file, const fs::path& below, const SampleRules& rules) {
  if (!rules.one_subject.empty()) return rules.one_subject;
  if (rules.subject) {
    if (const auto name = matched(*rules.subject, below.generic_string()); name && !name->empty()) return *name;
    throw Error(shown(file.string(), 300) + ": --subject-pattern does not match " +
                miafr::quoted(below.generic_string()));
  }
  if (std::distance(below.begin(), below.end()) > 1) return below.begin()->string();
  throw Error(shown(file.string(), 300) +
              ": whose face is it? Put each person's images into a folder of their own, or give --subject-pattern");
}

std::string label_of(const fs::path& file, const fs::path& below, const SampleRules& rules,
                     const std::map<fs::path, std::string>* manifest) {
  if (rules.label) {
    if (const auto label = matched(*rules.label, below.generic_string())) return *label;
    throw Error(shown(file.string(), 300) + ": --label-pattern does not match " +
                miafr::quoted(below.generic_string()));
  }
  if (manifest) return manifest->at(file.lexically_normal());
  return std::distance(below.begin(), below.end()) > 2 ? std::next(below.begin())->string() : "";
}

fs::path whole_path(const fs::path& path) { return fs::absolute(path).lexically_normal(); }

fs::path shared_folder(const std::vector<SamplePair>& pairs) {
  fs::path shared = whole_path(pairs[0].a).parent_path();
  for (const SamplePair& pair : pairs)
    for (const fs::path& file : {whole_path(pair.a), whole_path(pair.b)}) {
      const auto end = std::mismatch(shared.begin(), shared.end(), file.begin(), file.end()).first;
      fs::path common;
      for (auto part = shared.begin(); part != end; ++part) common /= *part;
      shared = common;
    }
  return shared;
}

// Where a file lies on this machine is nobody's business.
void shorten_names(std::vector<SamplePair>& pairs) {
  const auto is_whole = [](const std::string& name) { return fs::path(name).is_absolute(); };
  if (std::none_of(pairs.begin(), pairs.end(),
                   [&](const SamplePair& pair) { return is_whole(pair.name_a) || is_whole(pair.name_b); }))
    return;
  const fs::path shared = shared_folder(pairs);
  for (SamplePair& pair : pairs) {
    pair.name_a = whole_path(pair.a).lexically_relative(shared).generic_string();
    pair.name_b = whole_path(pair.b).lexically_relative(shared).generic_string();
  }
}

// The file that is likely meant by one that is not there: with slashes for the backslashes of Windows, or of nearly the
// same name. "" for none.
std::string meant_file(const fs::path& folder, const std::string& name) {
  std::string slashes = name;
  std::replace(slashes.begin(), slashes.end(), '\\', '/');
  std::error_code error;
  if (slashes != name && fs::exists(folder / slashes, error)) return slashes;
  const fs::path path = folder / slashes;
  std::vector<std::string> there;
  for (fs::directory_iterator entry(path.parent_path(), error), end; !error && entry != end; entry.increment(error))
    there.push_back(entry->path().filename().string());
  std::sort(there.begin(), there.end());
  const std::string near = nearest(path.filename().string(), there);
  return near.empty() ? "" : fs::path(slashes).replace_filename(near).generic_string();
}

// Whether the files that a list names are there, each looked for once.
class ListedFiles {
 public:
  explicit ListedFiles(const fs::path& list) : list_(list) {}

  // name: what reports call it, which is what the list has, unless it names whole paths.
  void look_for(const std::string& name, const fs::path& file, std::int64_t line) {
    std::error_code error;
    if (!known_.insert(file).second || fs::exists(file, error) || missing_++ > 0) return;
    first_ = list_.parent_path() / name == file ? name : file.string();
    first_line_ = line;
  }

  // Throws Error that names the first one that is not there.
  void check() const {
    if (missing_ == 0) return;
    const std::string meant = meant_file(list_.parent_path(), first_);
    throw Error(shown(list_.string(), 300) + ":" + std::to_string(first_line_) + ": " + shown(first_, 300) +
                ": no such file" + (meant.empty() ? "" : "; is " + shown(meant, 300) + " meant?") +
                (missing_ == 1 ? "" : " (and " + std::to_string(missing_ - 1) + " more of the list)"));
  }

 private:
  const fs::path list_;
  std::set<fs::path> known_;
  std::int64_t missing_ = 0, first_line_ = 0;
  std::string first_;
};

}  // namespace

std::vector<std::string> distinct_names(const std::vector<SampleFolder>& folders,
                                        const std::vector<std::string>& reserved) {
  std::vector<std::string> names;
  for (const SampleFolder& folder : folders) {
    const fs::path whole = whole_path(folder.folder);
    names.push_back((whole.has_filename() ? whole : whole.parent_path()).filename().string());
  }
  std::set<std::string> taken(reserved.begin(), reserved.end());
  std::map<std::string, int> folders_of;
  for (const std::string& name : names) ++folders_of[name];
  for (const auto& [name, count] : folders_of)
    if (count == 1) taken.insert(name);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (folders_of[names[i]] == 1 && !is_among(reserved, names[i])) continue;
    const std::string with_role = folders[i].role + "/" + names[i];
    names[i] = with_role;
    for (int number = 2; !taken.insert(names[i]).second; ++number) names[i] = with_role + "-" + std::to_string(number);
  }
  return names;
}

Samples collect_samples(const fs::path& folder, const std::string& name, const SampleRules& rules,
                        const std::string& method) {
  if (!fs::is_directory(folder)) throw Error(shown(folder.string(), 300) + ": it is no folder");
  // Without a trailing slash, so that it has a name.
  const fs::path root = folder.has_filename() ? folder : folder.parent_path();
  const FoundImages found = find_images(root, /*recursive=*/true);
  Manifests manifests(root);
  Samples samples;
  for (const fs::path& file : found.files) {
    const auto* manifest = manifests.of(file);
    if (manifest && !manifest->count(file.lexically_normal())) continue;  // a grid, a preview
    const fs::path below = file.lexically_relative(root);
    samples.images.push_back({file, (fs::path(name) / below).generic_string(), subject_of(file, below, rules),
                              label_of(file, below, rules, manifest), method});
  }
  for (const RefusedPath& refused : found.refused)
    samples.refused.push_back(shown(refused.path.string(), 300) + ": " + refused.reason);
  for (const std::string& listed : manifests.without_picture()) samples.refused.push_back(listed);
  if (samples.images.empty()) throw Error(shown(folder.string(), 300) + ": there are no images in it");
  return samples;
}

std::vector<SamplePair> read_pairs(const fs::path& csv) {
  std::vector<SamplePair> pairs;
  const fs::path folder = csv.parent_path();
  read_csv_table(csv, {"image_a", "image_b", "label"}, {"group"}, [&](const CsvRecord& row) {
    const std::string label = row["label"];
    if (label != "genuine" && label != "impostor")
      row.refuse("label " + miafr::quoted(label) + ": allowed are genuine, impostor");
    const std::string a = row.not_empty("image_a"), b = row.not_empty("image_b");
    pairs.push_back({a, b, folder / a, folder / b, label == "genuine", row["group"], row.line()});
  });
  if (pairs.empty()) throw Error(csv.string() + ": there are no pairs in it");
  shorten_names(pairs);
  return pairs;
}

void check_pairs(const fs::path& csv, const std::vector<SamplePair>& pairs) {
  ListedFiles files(csv);
  for (const SamplePair& pair : pairs) {
    files.look_for(pair.name_a, pair.a, pair.line);
    files.look_for(pair.name_b, pair.b, pair.line);
  }
  files.check();
}

std::regex parse_expression(const std::string& option, const std::string& text) {
  try {
    return std::regex(text, std::regex::ECMAScript);
  } catch (const std::regex_error& e) {
    throw UsageError(option + " " + miafr::quoted(text) + ": it is no regular expression (" + e.what() + ")");
  }
}

}  // namespace miafr
