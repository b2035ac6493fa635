// miafr embed: faces as vectors.
#include <filesystem>
#include <iostream>
#include <limits>
#include <sstream>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/base/shown.h"
#include "core/commands/face_options.h"
#include "core/io/atomic_file.h"
#include "core/io/checkpoint_writer.h"
#include "core/io/csv.h"
#include "core/io/npy.h"
#include "core/io/whole_file.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;

// A row for each entry; NaN where there is no embedding, so that row and image stay together.
struct Embeddings {
  std::int64_t rows = 0, columns = 0, missing = 0;
  std::vector<float> values;
};

Embeddings collect(const std::vector<AnalysedFace>& faces, std::int64_t columns) {
  Embeddings all;
  all.rows = static_cast<std::int64_t>(faces.size());
  all.columns = columns;
  all.values.resize(all.rows * columns, std::numeric_limits<float>::quiet_NaN());
  for (std::size_t i = 0; i < faces.size(); ++i) {
    const std::vector<float>& row = faces[i].embeddings[0];
    if (row.empty())
      ++all.missing;
    else
      std::copy(row.begin(), row.end(), all.values.begin() + static_cast<std::int64_t>(i) * columns);
  }
  return all;
}

std::string status_of(const AnalysedFace& face) {
  if (!face.failure.empty()) return "failed: " + face.failure;
  if (!face.embedding_failures[0].empty()) return "failed: " + face.embedding_failures[0];
  return "ok";
}

// file, sha256, status, the box; with the values where the CSV is the result itself.
void write_csv(const fs::path& path, const std::vector<AnalysedFace>& faces, const Embeddings* embeddings) {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text.precision(9);  // enough to give back the same float32
  text << "file,sha256,status,left,top,right,bottom,confidence";
  for (std::int64_t j = 0; embeddings && j < embeddings->columns; ++j) text << ",e" << j;
  text << "\n";
  for (std::size_t i = 0; i < faces.size(); ++i) {
    const AnalysedFace& face = faces[i];
    const DetectedFace& f = face.face;
    text << csv_field(face.file.string()) << "," << face.sha256 << "," << csv_field(status_of(face));
    if (face.failure.empty())
      text << "," << f.left << "," << f.top << "," << f.right << "," << f.bottom << "," << f.confidence;
    else
      text << ",,,,,";
    for (std::int64_t j = 0; embeddings && j < embeddings->columns; ++j) {
      const float value = embeddings->values[static_cast<std::int64_t>(i) * embeddings->columns + j];
      text << ",";
      if (!std::isnan(value)) text << value;
    }
    text << "\n";
  }
  write_file(path, text.str());
}

void write_safetensors_file(const fs::path& path, const Embeddings& all, const PluginIdentity& matcher) {
  const TensorToWrite tensor{"embeddings", DType::kFloat32, {all.rows, all.columns}, [&] {
                               TensorView view;
                               view.dtype = DType::kFloat32;
                               view.shape = {all.rows, all.columns};
                               view.strides = contiguous_strides(view.shape);
                               const auto* first = reinterpret_cast<const std::byte*>(all.values.data());
                               view.data = {std::shared_ptr<const void>(), first};
                               return view;
                             }};
  write_safetensors(
      path, {tensor},
      {{"matcher", matcher.name}, {"version", matcher.version}, {"weights_sha256", matcher.weights_sha256}});
}

void write_result(const fs::path& out, const std::vector<AnalysedFace>& faces, const Embeddings& all,
                  const PluginIdentity& matcher) {
  const std::string ending = out.extension().string();
  if (ending == ".csv") return write_csv(out, faces, &all);
  if (ending == ".npy")
    write_npy(out, all.values, all.rows, all.columns);
  else
    write_safetensors_file(out, all, matcher);
  write_csv(fs::path(out).concat(".csv"), faces, nullptr);
}

// "; the first, a.png: it is not a picture", where a face could not be used.
std::string first_failure(const std::vector<AnalysedFace>& faces) {
  for (const AnalysedFace& face : faces)
    if (!face.detail.empty()) return "; the first, " + shown(face.file.string(), 300) + ": " + face.detail;
  return "";
}

fs::path checked_out(const Options& options) {
  if (!options.has("out")) throw UsageError("missing --out FILE.npy, .safetensors or .csv; see: miafr embed --help");
  const fs::path out = options.get<std::string>("out");
  const std::string ending = out.extension().string();
  if (ending != ".npy" && ending != ".safetensors" && ending != ".csv")
    throw UsageError("--out " + out.string() + ": its name must end in .npy, .safetensors or .csv");
  for (const fs::path& file : {out, fs::path(out).concat(".csv")})
    if (fs::exists(file)) throw Error(file.string() + " is there already; choose another name or remove it");
  const AtomicFile probe(out, 0);  // whether it can be written, before faces are looked for
  return out;
}

}  // namespace

int run_embed(const GlobalOptions& globals, const Arguments& arguments) {
  Options options(
      "embed IMAGE…",
      "Writes the embeddings of faces, float32 [N,D], a row for each image in order; IMAGE may be a folder. "
      "A row without a face\nis NaN. Beside .npy and .safetensors lies a .csv that says which row is what.");
  options.add()("out,o", po::value<std::string>()->value_name("FILE"), "FILE.npy, FILE.safetensors or FILE.csv");
  describe_matcher_options(options, faces_alone());
  describe_face_options(options, faces_alone());
  options.positional("IMAGE", -1);
  if (!options.parse(arguments)) return 0;

  const fs::path out = checked_out(options);
  const std::vector<fs::path> files = files_named(options.list("IMAGE"));
  const FaceRun run = read_face_run(options, globals, faces_alone());
  if (run.networks.matchers.size() != 1) throw UsageError("--matcher: embed takes one");
  const auto& matcher = run.networks.matchers[0];
  const std::vector<AnalysedFace> faces = analyse_faces(files, run.networks, run.settings, face_progress("embed"));
  const Embeddings all = collect(faces, matcher.object->info().embedding_size);
  if (all.missing == all.rows)
    throw Error("no embedding could be computed; " + failure_summary(faces) + first_failure(faces));
  write_result(out, faces, all, matcher.identity);
  if (all.missing > 0) log_warning(std::to_string(all.missing) + " rows are NaN; " + failure_summary(faces));
  std::cout << out.string() << ": " << all.rows << " x " << all.columns << " by " << matcher.identity.name << "\n";
  return 0;
}

}  // namespace miafr
