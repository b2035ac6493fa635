#include "core/experiment/results_folder.h"

#include <nlohmann/json.hpp>

#include "core/base/errors.h"
#include "core/experiment/file_lock.h"
#include "core/io/whole_file.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

// Versions that left no mark had a trial's record, or a manifest.
bool has_trial(const fs::path& out) {
  constexpr int kDepth = 3;  // cells/LOSS/SUBJECT/SEED/cell.json
  std::error_code none;
  for (fs::recursive_directory_iterator entry(out / "cells", none), end; !none && entry != end; entry.increment(none)) {
    if (entry.depth() == kDepth && entry->path().filename() == "cell.json") return true;
    if (entry.depth() == kDepth) entry.disable_recursion_pending();
  }
  return false;
}

bool has_manifest(const fs::path& out) {
  const std::string text = read_file(out / "manifest.json");
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  return json.is_object() && json.contains("experiment") && (json.contains("trials") || json.contains("cells"));
}

}  // namespace

fs::path results_mark(const fs::path& out) { return out / ".miafr-experiment"; }

void check_results_folder(const fs::path& out) {
  std::error_code error;
  if (!fs::is_directory(out, error) || fs::is_empty(out, error)) return;
  if (fs::exists(results_mark(out), error) || has_trial(out) || has_manifest(out)) return;
  throw Error(out.string() + " is not empty and holds no experiment; name another folder with --out");
}

void make_results_folder(const fs::path& out) {
  std::error_code error;
  fs::create_directories(out, error);
  if (error) throw Error(out.string() + ": cannot be made: " + error.message());
  FileLock mark(results_mark(out));
}

}  // namespace miafr
