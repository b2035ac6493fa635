#include "demo/render/folder.h"

#include <fstream>
#include <iomanip>
#include <opencv2/core/utility.hpp>
#include <set>

#include "core/base/errors.h"
#include "demo/render/face.h"
#include "demo/render/picture_file.h"
#include "demo/render/random.h"

namespace miafr::demo {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTruth = "truth.csv";

void make_folders(const fs::path& folder, const std::vector<Photo>& photos) {
  std::set<fs::path> places = {folder};
  for (const Photo& photo : photos) places.insert((folder / photo.file).parent_path());
  for (const fs::path& place : places) {
    std::error_code error;
    fs::create_directories(place, error);
    if (error) throw Error(place.string() + ": " + error.message());
  }
}

void write_row(std::ostream& csv, const Photo& photo, const Rendering& face) {
  csv << photo.file.generic_string() << ',' << photo.identity << ',' << age_name(photo.age) << ','
      << age_in_years(photo.age, draw_nuisance(photo.nuisance).age_jitter) << ',' << photo.eyeglasses << ','
      << photo.nuisance;
  for (const cv::Point2f& p : face.landmarks) csv << ',' << p.x << ',' << p.y;
  const cv::Rect2f& box = face.face;
  csv << ',' << box.x << ',' << box.y << ',' << box.x + box.width << ',' << box.y + box.height << '\n';
}

}  // namespace

Photo photo_of(std::uint64_t identity, AgeLabel age, int n, float eyeglasses, const fs::path& file) {
  Random random(identity, (static_cast<std::uint64_t>(age) + 1) << 32U | static_cast<std::uint32_t>(n));
  Photo photo{file, identity, age, false, random.next() >> 16U};  // short enough for a spreadsheet's numbers
  photo.eyeglasses = random.chance(eyeglasses);
  return photo;
}

void write_photos(const fs::path& folder, const std::vector<Photo>& photos, int size) {
  make_folders(folder, photos);
  std::vector<Rendering> faces(photos.size());
  cv::parallel_for_({0, static_cast<int>(photos.size())}, [&](const cv::Range& range) {
    for (int i = range.start; i < range.end; ++i) {
      const Photo& photo = photos[i];
      faces[i] =
          render_face(draw_identity(photo.identity), photo.age, photo.eyeglasses, draw_nuisance(photo.nuisance), size);
      write_picture(folder / photo.file, faces[i].image);
      faces[i].image.release();
    }
  });
  std::ofstream csv(folder / kTruth);
  csv << "file,identity,age,years,eyeglasses,nuisance,left_eye_x,left_eye_y,right_eye_x,right_eye_y,nose_x,nose_y,"
         "left_mouth_x,left_mouth_y,right_mouth_x,right_mouth_y,left,top,right,bottom\n"
      << std::fixed << std::setprecision(2);
  for (std::size_t i = 0; i < photos.size(); ++i) write_row(csv, photos[i], faces[i]);
  if (!csv.flush()) throw Error((folder / kTruth).string() + ": cannot be written");
}

void write_folder(const fs::path& folder, const FolderPlan& plan) {
  // The truth of one call beside the pictures of two would be a wrong one.
  if (fs::exists(folder / kTruth))
    throw Error(folder.string() + ": has drawn faces already, as its " + kTruth + " says; name another folder");
  std::vector<Photo> photos;
  for (const std::uint64_t identity : plan.identities)
    for (const AgeLabel age : plan.ages)
      for (int n = 0; n < plan.photos; ++n)
        photos.push_back(photo_of(identity, age, n, plan.eyeglasses,
                                  fs::path(std::to_string(identity)) / age_name(age) / (std::to_string(n) + ".png")));
  write_photos(folder, photos, plan.size);
}

}  // namespace miafr::demo
