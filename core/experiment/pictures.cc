#include "core/experiment/pictures.h"

#include <map>
#include <utility>

#include "core/config/scalar.h"
#include "core/io/csv.h"
#include "core/runtime/errors.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

// Files by seed, of each prompt with its label.
using Painted = std::map<std::pair<std::string, std::string>, std::map<std::int64_t, std::string>>;

Painted read_manifest(const fs::path& folder) {
  Painted painted;
  const fs::path manifest = folder / "manifest.csv";
  if (!fs::exists(manifest)) return painted;
  std::map<std::string, std::size_t> columns;
  read_csv(manifest, [&](std::int64_t line, const std::vector<std::string_view>& fields) {
    if (columns.empty()) {
      for (std::size_t i = 0; i < fields.size(); ++i) columns.emplace(std::string(fields[i]), i);
      return;
    }
    const auto field = [&](const char* name) {
      const auto found = columns.find(name);
      if (found == columns.end() || found->second >= fields.size())
        throw Error(manifest.string() + ":" + std::to_string(line) + ": there is no " + name);
      return std::string(csv_unescaped(fields[found->second]));
    };
    const std::string file = field("file");
    const auto seed = parse_integer(field("seed"));
    if (seed && fs::exists(folder / file)) painted[{field("prompt"), field("label")}].emplace(*seed, file);
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
