// miafr detect: the faces of images.
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/base/shown.h"
#include "core/commands/face_options.h"
#include "core/image/draw_faces.h"
#include "core/image/image_error.h"
#include "core/image/photo.h"
#include "core/image/png.h"
#include "core/image/read_image.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;
using Json = nlohmann::ordered_json;

// Entries of one file, which lie beside each other.
using Faces = std::vector<const AnalysedFace*>;

double rounded(double value) { return std::round(value * 100) / 100; }

Json json_of(const FaceNetworks& networks, const AnalysedFace& face) {
  const DetectedFace& f = face.face;
  Json points = Json::array();
  for (const auto& [x, y] : f.points) points.push_back({rounded(x), rounded(y)});
  Json json = {{"box", {rounded(f.left), rounded(f.top), rounded(f.right), rounded(f.bottom)}},
               {"confidence", f.confidence},
               {"points", points}};
  if (networks.age) json["apparent_age"] = rounded(face.age);
  for (std::size_t q = 0; q < face.quality.size(); ++q) {
    const auto& measures = networks.quality[q].object->measures();
    for (std::size_t m = 0; m < measures.size(); ++m)
      json["quality"][networks.quality[q].identity.name][measures[m].name] = {
          {"native", face.quality[q].native[m]}, {"score", rounded(face.quality[q].score[m])}};
  }
  return json;
}

Json json_of(const FaceNetworks& networks, const Faces& faces) {
  const AnalysedFace& first = *faces.front();
  Json json = {{"file", first.file.string()}, {"sha256", first.sha256}};
  if (first.width > 0) json["width"] = first.width, json["height"] = first.height;
  if (!first.failure.empty()) json["failure"] = first.failure, json["detail"] = first.detail;
  json["faces"] = Json::array();
  for (const AnalysedFace* face : faces)
    if (face->failure.empty()) json["faces"].push_back(json_of(networks, *face));
  return json;
}

void print_faces(const FaceNetworks& networks, const Faces& faces) {
  const AnalysedFace& first = *faces.front();
  std::cout << shown(first.file.string(), 4096);
  if (!first.failure.empty()) {
    std::cout << ": " << first.failure << (first.failure == first.detail ? "" : " (" + first.detail + ")") << "\n";
    return;
  }
  std::cout << ": " << faces.size() << (faces.size() == 1 ? " face" : " faces") << "\n" << std::fixed;
  for (const AnalysedFace* face : faces) {
    const DetectedFace& f = face->face;
    std::cout << "  " << std::setprecision(0) << f.right - f.left + 1 << " x " << f.bottom - f.top + 1 << " at "
              << f.left << "," << f.top << "  confidence " << std::setprecision(3) << f.confidence;
    if (networks.age) std::cout << "  looks " << std::setprecision(0) << face->age;
    std::cout << "\n";
    for (std::size_t q = 0; q < face->quality.size(); ++q) {
      const auto& measures = networks.quality[q].object->measures();
      for (std::size_t m = 0; m < measures.size(); ++m)
        std::cout << "    " << std::left << std::setw(20) << measures[m].name << std::right << std::setw(10)
                  << std::setprecision(2) << face->quality[q].native[m] << " " << std::left << std::setw(8)
                  << measures[m].unit << " score " << std::setprecision(0) << face->quality[q].score[m] << "\n";
    }
  }
}

void draw(const fs::path& folder, const Faces& faces, std::size_t number) {
  const AnalysedFace& first = *faces.front();
  if (first.failure == "unreadable") return;
  Image picture = read_image(first.file);
  for (const AnalysedFace* face : faces)
    if (face->failure.empty()) draw_face(picture, face->face);
  std::ostringstream name;
  name << std::setw(5) << std::setfill('0') << number << "-" << first.file.stem().string() << ".png";
  write_png(folder / name.str(), to_tensor(picture));
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Error(folder.string() + ": " + error.message());
  if (!fs::is_empty(folder)) throw Error(folder.string() + ": it holds files already; name an empty or new folder");
}

}  // namespace

int run_detect(const GlobalOptions& globals, const Arguments& arguments) {
  Options options("detect IMAGE…",
                  "Finds the faces of images: box, confidence and five points of each. IMAGE may be a folder.");
  options.add()("json", "as JSON, with the points")("draw", po::value<std::string>()->value_name("DIR"),
                                                    "write each image with its faces drawn into it to this folder");
  EvaluateConfig config = faces_alone();
  config.faces = "all";
  config.matchers.clear();
  describe_face_options(options, config);
  options.positional("IMAGE", -1);
  if (!options.parse(arguments)) return 0;
  if (options.has("aligned")) throw UsageError("--aligned: there is nothing to detect then");

  const std::vector<fs::path> files = files_named(options.list("IMAGE"));
  if (options.has("draw")) make_folder(options.get<std::string>("draw"));
  const FaceRun run = read_face_run(options, globals, config);
  const std::vector<AnalysedFace> faces = analyse_faces(files, run.networks, run.settings, face_progress("detect"));
  Json all = Json::array();
  std::size_t number = 0;
  bool any_read = false;
  for (std::size_t i = 0; i < faces.size();) {
    Faces same;
    for (const fs::path& file = faces[i].file; i < faces.size() && faces[i].file == file; ++i)
      same.push_back(&faces[i]);
    any_read |= same.front()->failure != "unreadable";
    if (options.has("json"))
      all.push_back(json_of(run.networks, same));
    else
      print_faces(run.networks, same);
    if (options.has("draw")) draw(options.get<std::string>("draw"), same, number++);
  }
  if (options.has("json")) std::cout << all.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  if (!any_read)
    throw Error("none of the images can be read; the first, " + shown(faces[0].file.string(), 300) + ": " +
                faces[0].detail);
  return 0;
}

}  // namespace miafr
