#include "core/experiment/pictures.h"

#include <map>
#include <set>
#include <string>

#include "core/config/scalar.h"
#include "core/io/csv.h"
#include "core/runtime/errors.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

// Seeds by prompt.
std::map<std::string, std::set<std::int64_t>> painted(const fs::path& folder) {
  std::map<std::string, std::set<std::int64_t>> seeds;
  const fs::path manifest = folder / "manifest.csv";
  if (!fs::exists(manifest)) return seeds;
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
    const auto seed = parse_integer(field("seed"));
    if (seed && fs::exists(folder / field("file"))) seeds[field("prompt")].insert(*seed);
  });
  return seeds;
}

}  // namespace

std::vector<PictureRun> missing_pictures(const fs::path& folder, const std::vector<Prompt>& prompts, std::int64_t seed,
                                         std::int64_t count) {
  const auto there = painted(folder);
  std::map<std::pair<std::int64_t, std::int64_t>, PictureRun> runs;  // by first seed and number
  for (const Prompt& prompt : prompts) {
    const auto found = there.find(prompt.text);
    const auto is_missing = [&](std::int64_t i) { return found == there.end() || !found->second.count(i); };
    for (std::int64_t first = seed; first < seed + count;) {
      std::int64_t end = first;
      while (end < seed + count && is_missing(end)) ++end;
      if (end > first) {
        PictureRun& run = runs[{first, end - first}];
        run.seed = first;
        run.count = end - first;
        run.prompts.push_back(prompt);
      }
      first = end + 1;
    }
  }
  std::vector<PictureRun> all;
  for (auto& [key, run] : runs) all.push_back(std::move(run));
  return all;
}

}  // namespace miafr
