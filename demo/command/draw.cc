#include "demo/command/draw.h"

#include <cstdio>

#include "demo/render/folder.h"

namespace miafr::demo {
namespace {

namespace fs = std::filesystem;

// Photos of one person at one age are numbered through; each use has its own numbers, so that no photo is in two.
enum class Use { kTraining = 0, kReference = 100, kTruth = 200, kStranger = 300, kRegularisation = 400 };

std::string numbered(const char* format, std::size_t number) {
  char name[48];
  std::snprintf(name, sizeof name, format, static_cast<int>(number));
  return name;
}

class Album {
 public:
  void add(std::uint64_t identity, AgeLabel age, Use use, int count, const fs::path& folder) {
    for (int n = 0; n < count; ++n) add_one(identity, age, use, n, folder / numbered("%02d.png", n));
  }
  void add_one(std::uint64_t identity, AgeLabel age, Use use, int n, const fs::path& file) {
    photos_.push_back(photo_of(identity, age, static_cast<int>(use) + n, /*eyeglasses=*/0, file));
  }
  const std::vector<Photo>& photos() const { return photos_; }

 private:
  std::vector<Photo> photos_;
};

void add_subject(Album& album, std::uint64_t identity, const std::string& name) {
  album.add(identity, kPhotoAge, Use::kTraining, kTrainingPhotos, fs::path("photos") / name);
  album.add(identity, kPhotoAge, Use::kReference, kReferences, fs::path("references") / name);
  for (const AgeLabel age : kAgeLabels)
    album.add(identity, age, Use::kTruth, kTruths, fs::path("truth") / name / age_name(age));
}

}  // namespace

bool are_drawn(const DemoFolder& folder) { return fs::exists(folder.faces() / "truth.csv"); }

std::size_t draw_faces(const DemoFolder& folder, const Show& show, std::uint64_t seed) {
  Album album;
  for (std::size_t i = 0; i < show.subjects; ++i) add_subject(album, subject_identity(seed, i), subject_names()[i]);
  for (std::size_t i = 0; i < kStrangers; ++i)
    album.add(stranger_identity(seed, i), kPhotoAge, Use::kStranger, kStrangerPhotos,
              fs::path("strangers") / numbered("stranger_%03d", i + 1));
  std::size_t other = 0;
  for (const AgeLabel age : kAgeLabels)
    for (int n = 0; n < kRegularisationPhotos; ++n, ++other)
      album.add_one(regularisation_identity(seed, other), age, Use::kRegularisation, 0,
                    fs::path("regularisation") / (age_name(age) + numbered("_%04d.png", n + 1)));
  write_photos(folder.faces(), album.photos(), kPhotoSize);
  return album.photos().size();
}

}  // namespace miafr::demo
