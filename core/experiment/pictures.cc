#include "core/experiment/pictures.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/config/scalar.h"
#include "core/io/csv_table.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

// Files by seed, of each prompt with its label.
using Painted = std::map<std::pair<std::string, std::string>, std::map<std::int64_t, std::string>>;

Painted read_manifest(const fs::path& folder) {
  Painted painted;
  const fs::path manifest = folder / "manifest.csv";
  if (!fs::exists(manifest) || fs::is_empty(manifest)) return painted;  // empty: stopped before its first picture
  read_csv_table(manifest, {"file", "prompt", "label", "seed"}, {}, [&](const CsvRecord& row) {
    const auto seed = parse_integer(row["seed"]);
    if (seed && fs::exists(folder / row["file"])) painted[{row["prompt"], row["label"]}].emplace(*seed, row["file"]);
  });
  return painted;
}

}  // namespace

std::vector<PaintedPicture> painted_pictures(const fs::path& folder, const WantedPictures& wanted) {
  const Painted painted = read_manifest(folder);
  std::vector<PaintedPicture> pictures;
  for (const Prompt& prompt : wanted.prompts) {
    const auto files = painted.find({prompt.text, prompt.label});
    if (files == painted.end()) continue;
    for (const auto& [seed, file] : files->second)
      if (seed >= wanted.seed && seed < wanted.seed + wanted.count) pictures.push_back({file, prompt.label});
  }
  return pictures;
}

std::vector<PaintedPicture> labelled_pictures(const fs::path& folder, const std::vector<std::string>& labels) {
  std::vector<PaintedPicture> pictures;
  const fs::path manifest = folder / "manifest.csv";
  if (!fs::exists(manifest) || fs::is_empty(manifest)) return pictures;
  read_csv_table(manifest, {"file", "label"}, {}, [&](const CsvRecord& row) {
    const bool wanted = std::find(labels.begin(), labels.end(), row["label"]) != labels.end();
    if (wanted && fs::exists(folder / row["file"])) pictures.push_back({row["file"], row["label"]});
  });
  return pictures;
}

std::vector<WantedPictures> missing_pictures(const fs::path& folder, const WantedPictures& wanted) {
  const Painted painted = read_manifest(folder);
  std::map<std::pair<std::int64_t, std::int64_t>, WantedPictures> runs;  // by first seed and number
  const std::int64_t last = wanted.seed + wanted.count;
  for (const Prompt& prompt : wanted.prompts) {
    const auto files = painted.find({prompt.text, prompt.label});
    const auto is_missing = [&](std::int64_t seed) { return files == painted.end() || !files->second.count(seed); };
    for (std::int64_t first = wanted.seed; first < last;) {
      std::int64_t end = first;
      while (end < last && is_missing(end)) ++end;
      if (end > first) {
        WantedPictures& run = runs[{first, end - first}];
        run.seed = first;
        run.count = end - first;
        run.prompts.push_back(prompt);
      }
      first = end + 1;
    }
  }
  std::vector<WantedPictures> all;
  for (auto& [key, run] : runs) all.push_back(std::move(run));
  return all;
}

}  // namespace miafr
