// Everything that an editor asks for of each photo: found and checked before the first picture, read when its turn
// comes.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/editing/hosted_editor.h"
#include "core/editing/known_attributes.h"
#include "core/editing/photos_to_edit.h"
#include "core/face/face_analysis.h"

namespace miafr {

// Where things are that an editor may ask for. What it does not ask for is not looked at.
struct PhotoSources {
  bool aligned = false;  // photos are the editor's own crops: nothing is detected
  KnownAttributes attributes;
  std::filesystem::path masks, depths;  // a file for all photos, or a folder; see companion_of
  std::filesystem::path references;     // photos of the one person, or a folder for each person
};

// What photos are looked at with. detector: where the editor asks for faces and photos are not aligned. matcher: where
// it asks for the embeddings of references.
struct EditorFaces {
  ChosenPlugin<FaceDetector> detector;
  ChosenPlugin<FaceMatcher> matcher;
};

class PhotoInputs {
 public:
  // on_face is called while faces are looked for. Throws Error for what is missing.
  PhotoInputs(std::vector<PhotoToEdit> photos, const ChosenPlugin<Editor>& editor, PhotoSources sources,
              const EditorFaces& faces, FaceSettings settings, const FaceProgress& on_face);

  struct Entry {
    PhotoToEdit photo;
    std::string failure, detail;  // why it cannot be edited, as AnalysedFace has it; "" where it can
    std::string sha256;           // of the file
    std::string key;              // of the file and of all that goes with it
  };
  const std::vector<Entry>& entries() const { return entries_; }

  // On the run's device. Throws Error for a file that has changed or is damaged.
  EditPhoto load(std::size_t index) const;

 private:
  struct Companions {
    FacePoints points{};
    std::map<std::string, double> attributes;
    std::filesystem::path mask, depth;
    std::vector<AnalysedFace> references;
  };

  void find_faces(FaceSettings settings, const ChosenPlugin<FaceDetector>& detector, const FaceProgress& on_face);
  void find_companions();
  void find_references(FaceSettings settings, const ChosenPlugin<FaceDetector>& detector,
                       const ChosenPlugin<FaceMatcher>& matcher, const FaceProgress& on_face);
  std::string key_of(const Entry& entry, const Companions& companions) const;
  bool asks_for(std::uint32_t need) const { return (needs_ & need) != 0; }
  bool wants_faces() const { return asks_for(kEditNeedsFacePoints) && !sources_.aligned; }
  at::Tensor read_photo(const std::filesystem::path& file) const;
  at::Tensor read_map(const std::filesystem::path& file, const at::Tensor& photo) const;

  const PhotoSources sources_;
  const std::uint32_t needs_;
  const EditorInfo info_;
  const at::Device device_;
  std::vector<Entry> entries_;
  std::vector<Companions> companions_;  // of each entry
};

}  // namespace miafr
