#include "core/face/face_cache.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/io/atomic_file.h"
#include "core/io/sha256.h"

namespace miafr {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

constexpr int kLayout = 1;  // of the cached files: raise it where their meaning changes

// NaN is null in JSON's data model.
Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
double number_of(const Json& json) { return json.is_null() ? std::nan("") : json.get<double>(); }

Json numbers(const std::vector<double>& values) {
  Json list = Json::array();
  for (double value : values) list.push_back(number(value));
  return list;
}
std::vector<double> numbers_of(const Json& list) {
  std::vector<double> values;
  for (const Json& value : list) values.push_back(number_of(value));
  return values;
}

Json to_json(const AnalysedFace& face) {
  Json quality = Json::array();
  for (const MeasuredQuality& measured : face.quality)
    quality.push_back({{"native", numbers(measured.native)}, {"score", numbers(measured.score)}});
  const DetectedFace& box = face.face;
  return {{"difference_hash", face.difference_hash},
          {"size", {face.width, face.height}},
          {"faces_found", face.faces_found},
          {"failure", face.failure},
          {"detail", face.detail},
          {"box", {box.left, box.top, box.right, box.bottom, box.confidence}},
          {"points", box.points},
          {"embeddings", face.embeddings},
          {"embedding_failures", face.embedding_failures},
          {"age", number(face.age)},
          {"quality", quality}};
}

AnalysedFace from_json(const Json& json, const std::string& sha256) {
  AnalysedFace face;
  face.sha256 = sha256;
  json.at("difference_hash").get_to(face.difference_hash);
  json.at("size").at(0).get_to(face.width);
  json.at("size").at(1).get_to(face.height);
  json.at("faces_found").get_to(face.faces_found);
  json.at("failure").get_to(face.failure);
  json.at("detail").get_to(face.detail);
  const auto box = json.at("box").get<std::vector<double>>();
  face.face = {box.at(0), box.at(1), box.at(2), box.at(3), box.at(4), json.at("points").get<FacePoints>()};
  json.at("embeddings").get_to(face.embeddings);
  json.at("embedding_failures").get_to(face.embedding_failures);
  face.age = number_of(json.at("age"));
  for (const Json& measured : json.at("quality"))
    face.quality.push_back({numbers_of(measured.at("native")), numbers_of(measured.at("score"))});
  return face;
}

}  // namespace

FaceCache::FaceCache(const std::string& folder, const FaceNetworks& networks, const FaceSettings& settings)
    : folder_(folder) {
  std::string all = std::to_string(kLayout) + " " + std::to_string(static_cast<int>(settings.policy)) + " " +
                    std::to_string(settings.min_confidence) + " " + std::to_string(settings.min_face) + " " +
                    std::to_string(settings.aligned);
  const auto add = [&](const auto& chosen) { all += chosen ? " " + chosen.identity.key : " -"; };
  add(networks.detector);
  for (const auto& matcher : networks.matchers) add(matcher);
  add(networks.age);
  for (const auto& quality : networks.quality) add(quality);
  key_ = sha256_of_bytes(all.data(), all.size()).substr(0, 16);
}

fs::path FaceCache::path_of(const std::string& sha256) const {
  return folder_ / sha256.substr(0, 2) / (sha256 + "-" + key_ + ".cbor");
}

std::optional<std::vector<AnalysedFace>> FaceCache::find(const std::string& sha256) const {
  if (folder_.empty()) return std::nullopt;
  std::ifstream in(path_of(sha256), std::ios::binary);
  if (!in) return std::nullopt;
  try {
    std::vector<AnalysedFace> faces;
    for (const Json& face : Json::from_cbor(in)) faces.push_back(from_json(face, sha256));
    if (!faces.empty()) return faces;
  } catch (const Json::exception&) {  // not one of ours: computed anew
  } catch (const std::out_of_range&) {
  }
  return std::nullopt;
}

void FaceCache::keep(const std::string& sha256, const std::vector<AnalysedFace>& faces) const {
  if (folder_.empty()) return;
  try {
    Json list = Json::array();
    for (const AnalysedFace& face : faces) list.push_back(to_json(face));
    const std::vector<std::uint8_t> bytes = Json::to_cbor(list);
    fs::create_directories(path_of(sha256).parent_path());
    AtomicFile file(path_of(sha256), bytes.size());
    file.write(bytes.data(), bytes.size());
    file.commit();
  } catch (const std::exception&) {  // a full or read-only disk: the next run computes it again
  }
}

}  // namespace miafr
