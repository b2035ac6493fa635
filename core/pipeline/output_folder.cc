#include "core/pipeline/output_folder.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "core/image/png.h"
#include "core/io/checkpoint_writer.h"
#include "core/io/csv.h"
#include "core/models/tensor_file.h"
#include "core/base/errors.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

std::string numbered(const char* pattern, std::int64_t number) {
  char name[64];
  std::snprintf(name, sizeof name, pattern, static_cast<long long>(number));
  return name;
}

// The first number from `from` whose file does not exist.
std::int64_t first_free(const fs::path& folder, const char* pattern, std::int64_t from) {
  while (fs::exists(folder / numbered(pattern, from))) ++from;
  return from;
}

// Found out before hours of work: by making a file, as permissions alone do not tell of a read-only file system.
void check_writable(const fs::path& folder) {
  std::string name = (folder / ".miafr-XXXXXX").string();
  const int file = ::mkstemp(name.data());
  if (file < 0)
    throw Error(folder.string() + ": cannot be written to: " + std::strerror(errno) + "; give another --outdir");
  ::close(file);
  ::unlink(name.c_str());
}

void check_columns(const fs::path& manifest, const std::string& columns) {
  std::string line;
  if (!fs::exists(manifest) || !std::getline(std::ifstream(manifest), line) || line + "\n" == columns) return;
  throw Error(manifest.string() + ": its columns are not those that this version writes; give another --outdir");
}

// A line at a time, so that a run that is stopped leaves whole lines; of one that does not fit on the disk nothing
// stays.
void add_line(const fs::path& manifest, const std::string& columns, const std::string& line) {
  std::error_code none;
  const std::uintmax_t before = fs::exists(manifest) ? fs::file_size(manifest) : 0;
  std::ofstream out(manifest, std::ios::app);
  if (before == 0) out << columns;
  if ((out << line).flush()) return;
  const std::string reason = std::strerror(errno);
  out.close();
  fs::resize_file(manifest, before, none);
  throw Error(manifest.string() + ": cannot be written: " + reason);
}

}  // namespace

OutputFolder::OutputFolder(const fs::path& folder, const std::string& columns)
    : folder_(folder), columns_(columns + "\n") {
  std::error_code error;
  fs::create_directories(folder_ / "samples", error);
  if (error) throw Error((folder_ / "samples").string() + ": cannot be made: " + error.message());
  check_writable(folder_ / "samples");
  check_columns(folder_ / "manifest.csv", columns_);
  next_ = first_free(folder_ / "samples", "%05lld.png", 0);
}

std::string OutputFolder::add(const at::Tensor& pixels, const std::map<std::string, std::string>& texts,
                              const Row& row) {
  std::ostringstream fields;
  fields << csv_field(row.prompt) << ',' << csv_field(row.label) << ',' << csv_field(row.negative_prompt) << ','
         << row.seed << ',' << row.noise << ',' << csv_field(row.sampler) << ',' << row.steps << ',' << row.scale << ','
         << csv_field(row.checkpoint) << ',' << row.checkpoint_sha256 << ',' << row.seconds;
  return add(pixels, texts, fields.str());
}

std::string OutputFolder::add(const at::Tensor& pixels, const std::map<std::string, std::string>& texts,
                              const std::string& fields) {
  next_ = first_free(folder_ / "samples", "%05lld.png", next_);
  const std::string file = "samples/" + numbered("%05lld.png", next_);
  write_png(folder_ / file, pixels, texts);
  add_line(folder_ / "manifest.csv", columns_, csv_field(file) + "," + fields + "\n");
  return file;
}

void OutputFolder::add_latent(const std::string& picture, const at::Tensor& latent,
                              const std::map<std::string, std::string>& texts) const {
  const TensorToWrite tensor = tensor_to_write("latent", latent, DType::kFloat32);
  write_safetensors((folder_ / picture).replace_extension(".safetensors"), {tensor}, texts);
}

fs::path OutputFolder::add_grid(const std::vector<GridRow>& rows) const {
  const fs::path file = folder_ / numbered("grid-%04lld.png", first_free(folder_, "grid-%04lld.png", 0));
  write_png(file, make_grid(rows));
  return file;
}

}  // namespace miafr
