#include "core/editing/photo_inputs.h"

#include <utility>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/base/shown.h"
#include "core/config/scalar.h"
#include "core/editing/pixels.h"
#include "core/image/find_images.h"
#include "core/image/image_header.h"
#include "core/image/photo.h"
#include "core/image/read_image.h"
#include "core/io/sha256.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

at::Tensor tensor_of(const FacePoints& points, at::Device device) {
  return at::tensor(at::ArrayRef<double>(points[0].data(), 10), at::kDouble).view({5, 2}).to(device, at::kFloat);
}

// The map that belongs to a photo.
fs::path map_of(const PhotoToEdit& photo, const fs::path& place, const char* option, const char* what) {
  if (place.empty()) throw Error(std::string("the editor asks for a ") + what + "; give it with " + option);
  if (!fs::exists(place))
    throw Error(std::string(option) + " " + shown(place.string(), 300) + ": there is no such file or folder");
  if (const auto file = companion_of(photo, place)) return *file;
  throw Error(std::string(option) + " " + shown(place.string(), 300) + ": there is no " + what + " for " +
              shown(photo.name));
}

// Of a folder for each person, the person's; else the folder itself.
fs::path references_of(const PhotoToEdit& photo, const fs::path& references) {
  if (references.empty()) throw Error("the editor asks for more photos of the person; give them with --references DIR");
  if (!fs::is_directory(references))
    throw Error("--references " + shown(references.string(), 300) + ": it is no folder");
  return photo.person.empty() ? references : references / photo.person;
}

bool usable(const AnalysedFace& face, bool embedded) {
  return face.failure.empty() && (!embedded || face.embedding_failures.front().empty());
}

void warn_of_failures(const std::vector<AnalysedFace>& references, bool embedded) {
  for (const AnalysedFace& face : references)
    if (!usable(face, embedded))
      log_warning(shown(face.file.string(), 300) + ": " +
                  (face.failure.empty() ? face.embedding_failures.front() : face.detail) +
                  "; it is left out of the references");
}

}  // namespace

PhotoInputs::PhotoInputs(std::vector<PhotoToEdit> photos, const ChosenPlugin<Editor>& editor, PhotoSources sources,
                         const EditorFaces& faces, FaceSettings settings, const FaceProgress& on_face)
    : sources_(std::move(sources)),
      needs_(editor.identity.flags),
      info_(editor.object->info()),
      device_(editor.host->device()) {
  for (PhotoToEdit& photo : photos) entries_.push_back({std::move(photo), "", "", "", ""});
  companions_.resize(entries_.size());
  settings.aligned = sources_.aligned;
  settings.policy = FacePolicy::kLargest;
  find_companions();
  find_faces(settings, faces.detector, on_face);
  if (asks_for(kEditNeedsReferences)) find_references(settings, faces.detector, faces.matcher, on_face);
  for (std::size_t i = 0; i < entries_.size(); ++i)
    if (entries_[i].failure.empty()) entries_[i].key = key_of(entries_[i], companions_[i]);
}

void PhotoInputs::find_companions() {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const PhotoToEdit& photo = entries_[i].photo;
    if (asks_for(kEditNeedsAttributes)) companions_[i].attributes = sources_.attributes.of(photo, info_.attributes);
    if (asks_for(kEditNeedsMask)) companions_[i].mask = map_of(photo, sources_.masks, "--mask", "mask");
    if (asks_for(kEditNeedsDepth)) companions_[i].depth = map_of(photo, sources_.depths, "--depth", "depth map");
    if (asks_for(kEditNeedsReferences)) references_of(photo, sources_.references);
  }
}

// Without a detector only what a file says of itself is looked at; one that is damaged further on is found out when its
// turn comes.
void PhotoInputs::find_faces(FaceSettings settings, const ChosenPlugin<FaceDetector>& detector,
                             const FaceProgress& on_face) {
  if (!wants_faces()) {
    for (Entry& entry : entries_) {
      try {
        const std::string bytes = read_image_bytes(entry.photo.file);
        entry.sha256 = sha256_of_bytes(bytes.data(), bytes.size());
        read_image_header(bytes);
      } catch (const ImageError& e) {
        entry.failure = "unreadable";
        entry.detail = e.what();
      }
    }
    return;
  }
  std::vector<fs::path> files;
  for (const Entry& entry : entries_) files.push_back(entry.photo.file);
  FaceNetworks networks;
  networks.detector = detector;
  const std::vector<AnalysedFace> faces = analyse_faces(files, networks, settings, on_face);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    entries_[i].sha256 = faces[i].sha256;
    entries_[i].failure = faces[i].failure;
    entries_[i].detail = faces[i].detail;
    companions_[i].points = faces[i].face.points;
  }
}

void PhotoInputs::find_references(FaceSettings settings, const ChosenPlugin<FaceDetector>& detector,
                                  const ChosenPlugin<FaceMatcher>& matcher, const FaceProgress& on_face) {
  FaceNetworks networks;
  if (!sources_.aligned) networks.detector = detector;
  if (asks_for(kEditNeedsReferenceEmbeddings)) networks.matchers = {matcher};
  const bool looks = wants_faces() || !networks.matchers.empty();
  const auto analysed = [&](const fs::path& folder) {
    const std::vector<fs::path> files = find_images(folder, /*recursive=*/true).files;
    if (looks) return analyse_faces(files, networks, settings, on_face);
    std::vector<AnalysedFace> photos(files.size());
    for (std::size_t i = 0; i < files.size(); ++i) {
      photos[i].file = files[i];
      photos[i].sha256 = sha256_of(files[i]);
    }
    return photos;
  };
  std::map<fs::path, std::vector<AnalysedFace>> by_folder;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const fs::path folder = references_of(entries_[i].photo, sources_.references);
    const auto [found, is_new] = by_folder.try_emplace(folder);
    if (is_new) {
      found->second = analysed(folder);
      warn_of_failures(found->second, !networks.matchers.empty());
    }
    for (const AnalysedFace& face : found->second)
      if (usable(face, !networks.matchers.empty()) && face.sha256 != entries_[i].sha256)
        companions_[i].references.push_back(face);
    if (companions_[i].references.empty())
      throw Error("--references " + shown(folder.string(), 300) + ": there is no other photo for " +
                  shown(entries_[i].photo.name));
  }
}

std::string PhotoInputs::key_of(const Entry& entry, const Companions& companions) const {
  std::string all = entry.sha256;
  for (const auto& [name, share] : companions.attributes) all += "\n" + name + "=" + format_number(share);
  for (const fs::path& map : {companions.mask, companions.depth})
    if (!map.empty()) all += "\n" + sha256_of(map);
  for (const AnalysedFace& reference : companions.references) all += "\n" + reference.sha256;
  return sha256_of_bytes(all.data(), all.size()).substr(0, 16);
}

at::Tensor PhotoInputs::read_photo(const fs::path& file) const {
  return to_unit(to_tensor(read_image(file))).to(device_);
}

// [H,W], the grey of a picture of the photo's size.
at::Tensor PhotoInputs::read_map(const fs::path& file, const at::Tensor& photo) const {
  const at::Tensor map = read_photo(file).mean(0);
  if (map.size(0) != photo.size(1) || map.size(1) != photo.size(2))
    throw Error(shown(file.string(), 300) + ": is " + std::to_string(map.size(1)) + "x" + std::to_string(map.size(0)) +
                ", the photo is " + std::to_string(photo.size(2)) + "x" + std::to_string(photo.size(1)));
  return map;
}

EditPhoto PhotoInputs::load(std::size_t index) const {
  const Companions& companions = companions_.at(index);
  EditPhoto in;
  in.name = entries_.at(index).photo.name;
  in.photo = read_photo(entries_[index].photo.file);
  in.aligned = sources_.aligned;
  in.attributes = companions.attributes;
  if (wants_faces()) in.face_points = tensor_of(companions.points, device_);
  if (!companions.mask.empty()) in.mask = read_map(companions.mask, in.photo);
  if (!companions.depth.empty()) in.depth = read_map(companions.depth, in.photo);
  std::vector<at::Tensor> embeddings;
  for (const AnalysedFace& reference : companions.references) {
    in.references.push_back(read_photo(reference.file));
    if (wants_faces()) in.reference_points.push_back(tensor_of(reference.face.points, device_));
    if (!reference.embeddings.empty()) embeddings.push_back(at::tensor(reference.embeddings.front()));
  }
  if (!embeddings.empty()) in.reference_embeddings = at::stack(embeddings).to(device_);
  return in;
}

}  // namespace miafr
