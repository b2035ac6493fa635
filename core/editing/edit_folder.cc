#include "core/editing/edit_folder.h"

#include <sstream>
#include <system_error>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/base/shown.h"
#include "core/base/text.h"
#include "core/editing/thumbnail.h"
#include "core/io/csv.h"
#include "core/io/csv_table.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

constexpr const char* kManifest = "manifest.csv";
constexpr const char* kColumns =
    "file,label,source,source_sha256,source_key,target,seed,editor,editor_key,weights,weights_sha256,alignment,"
    "pasted_back,seconds";

// Only what a manifest lists and what is named as a grid: anything else in the folder is somebody's.
void remove_pictures(const fs::path& folder) {
  std::vector<fs::path> files;
  if (fs::exists(folder / kManifest))
    read_csv_table(folder / kManifest, {"file"}, {}, [&](const CsvRecord& row) { files.push_back(row["file"]); });
  std::error_code none;
  for (const fs::path& file : files)
    if (file.is_relative() && file.parent_path() == "samples") fs::remove(folder / file, none);
  std::vector<fs::path> grids;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, none))
    if (starts_with(entry.path().filename().string(), "grid-") && entry.path().extension() == ".png")
      grids.push_back(entry.path());
  for (const fs::path& grid : grids) fs::remove(grid, none);
  fs::remove(folder / kManifest, none);
  if (!files.empty()) log_info(folder.string() + ": " + std::to_string(files.size()) + " pictures removed");
}

fs::path prepared(fs::path folder, bool overwrite) {
  if (overwrite && fs::is_directory(folder)) remove_pictures(folder);
  return folder;
}

}  // namespace

EditFolder::EditFolder(fs::path folder, const std::string& editor_key, bool overwrite)
    : folder_(prepared(std::move(folder), overwrite)), output_(folder_, kColumns) {
  if (!fs::exists(folder_ / kManifest)) return;
  read_csv_table(folder_ / kManifest, {"source", "source_key", "target", "seed", "editor", "editor_key"}, {},
                 [&](const CsvRecord& row) {
                   if (row["editor_key"] != editor_key)
                     throw Error(folder_.string() + ": has pictures by " + row["editor"] +
                                 " with other parameters, weights or faces; give another --outdir, or --overwrite to "
                                 "replace them");
                   std::uint64_t seed = 0;
                   if (!(std::istringstream(row["seed"]) >> seed)) row.refuse("its seed is no number");
                   keys_[{row["source"], row["target"], seed}] = row["source_key"];
                 });
}

bool EditFolder::has(const EditId& id) const {
  const auto found = keys_.find({id.source, id.target, id.seed});
  if (found == keys_.end()) return false;
  if (found->second == id.source_key) return true;
  throw Error(folder_.string() + ": has a picture of another photo that was called " + shown(id.source) +
              ", or of the same with other masks, attributes or references; give another --outdir, or --overwrite to "
              "replace what is there");
}

void EditFolder::add(const at::Tensor& pixels, const at::Tensor& photo, const std::string& settings,
                     const EditRow& row) {
  std::ostringstream fields;
  fields << csv_field(row.label) << ',' << csv_field(row.id.source) << ',' << row.source_sha256 << ','
         << row.id.source_key << ',' << csv_field(row.id.target) << ',' << row.id.seed << ',' << csv_field(row.editor)
         << ',' << row.editor_key << ',' << csv_field(row.weights) << ',' << row.weights_sha256 << ','
         << csv_field(row.alignment) << ',' << (row.pasted_back ? "yes" : "no") << ',' << row.seconds;
  output_.add(pixels, {{"miafr", settings}}, fields.str());
  keys_[{row.id.source, row.id.target, row.id.seed}] = row.id.source_key;
  if (grid_.empty() || grid_source_ != row.id.source) grid_.push_back({row.id.source + ":", {thumbnail(photo)}});
  grid_source_ = row.id.source;
  grid_.back().label +=
      (grid_.back().pictures.size() > 1 ? ", " : " ") + (row.label.empty() ? row.id.target : row.label);
  grid_.back().pictures.push_back(thumbnail(pixels));
}

fs::path EditFolder::add_grid() {
  if (grid_.empty()) return {};
  const fs::path file = output_.add_grid(grid_);
  grid_.clear();
  return file;
}

}  // namespace miafr
