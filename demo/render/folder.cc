#include "demo/render/folder.h"

#include <fstream>
#include <iomanip>
#include <opencv2/imgcodecs.hpp>

#include "core/runtime/errors.h"
#include "demo/render/face.h"
#include "demo/render/random.h"

namespace miafr::demo {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTruth = "truth.csv";

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Error(folder.string() + ": " + error.message());
}

void write_picture(const fs::path& file, const cv::Mat& image) {
  if (!cv::imwrite(file.string(), image)) throw Error(file.string() + ": cannot be written");
}

void write_row(std::ostream& csv, const Rendering& face) {
  for (const cv::Point2f& p : face.landmarks) csv << ',' << p.x << ',' << p.y;
  const cv::Rect2f& box = face.face;
  csv << ',' << box.x << ',' << box.y << ',' << box.x + box.width << ',' << box.y + box.height << '\n';
}

}  // namespace

void write_folder(const fs::path& folder, const FolderPlan& plan) {
  // The truth of one call beside the pictures of two would be a wrong one.
  if (fs::exists(folder / kTruth))
    throw Error(folder.string() + ": has drawn faces already, as its " + kTruth + " says; name another folder");
  make_folder(folder);
  std::ofstream csv(folder / kTruth);
  csv << "file,identity,age,years,eyeglasses,nuisance,left_eye_x,left_eye_y,right_eye_x,right_eye_y,nose_x,nose_y,"
         "left_mouth_x,left_mouth_y,right_mouth_x,right_mouth_y,left,top,right,bottom\n"
      << std::fixed << std::setprecision(2);
  for (const std::uint64_t seed : plan.identities) {
    const Identity identity = draw_identity(seed);
    for (const AgeLabel age : plan.ages) {
      const fs::path place = fs::path(std::to_string(seed)) / age_name(age);
      make_folder(folder / place);
      for (int n = 0; n < plan.photos; ++n) {
        // No two photos share their nuisance.
        Random random(seed, (static_cast<std::uint64_t>(age) + 1) << 32U | static_cast<std::uint32_t>(n));
        const std::uint64_t nuisance_seed = random.next() >> 16U;  // short enough for a spreadsheet's numbers
        const Nuisance nuisance = draw_nuisance(nuisance_seed);
        const bool eyeglasses = random.chance(plan.eyeglasses);
        const Rendering face = render_face(identity, age, eyeglasses, nuisance, plan.size);
        const fs::path file = place / (std::to_string(n) + ".png");
        write_picture(folder / file, face.image);
        csv << file.generic_string() << ',' << seed << ',' << age_name(age) << ','
            << age_in_years(age, nuisance.age_jitter) << ',' << eyeglasses << ',' << nuisance_seed;
        write_row(csv, face);
      }
    }
  }
  if (!csv.flush()) throw Error((folder / kTruth).string() + ": cannot be written");
}

}  // namespace miafr::demo
