#include "core/data/training_sets.h"

#include <torch/types.h>

#include <algorithm>
#include <array>

#include "core/base/errors.h"
#include "core/base/interrupt.h"
#include "core/base/log.h"
#include "core/base/shown.h"
#include "core/data/survey.h"
#include "core/image/read_image.h"
#include "core/image/resize_bicubic.h"

namespace miafr {
namespace {

std::vector<TrainingImage> training_images(const std::vector<SurveyedImage>& surveyed) {
  std::vector<TrainingImage> images;
  for (const SurveyedImage& image : surveyed)
    images.push_back({image.file, image.caption.text, image.bucket.width, image.bucket.height});
  return images;
}

// The largest part of the proportions width : height, in the middle; of a side that is left over by an odd number, one
// pixel more goes at the end, as numpy's slices of the published code do.
Image centre_of(const Image& photo, std::int64_t width, std::int64_t height) {
  const std::int64_t w = photo.width, h = photo.height;
  Image part(static_cast<int>(std::clamp<std::int64_t>(h * width / height, 1, w)),
             static_cast<int>(std::clamp<std::int64_t>(w * height / width, 1, h)));
  const int left = (photo.width - part.width) / 2, top = (photo.height - part.height) / 2;
  for (int y = 0; y < part.height; ++y) std::copy_n(photo.row(top + y) + 3 * left, 3 * part.width, part.row(y));
  return part;
}

// One line for each set, which names the first photo.
void tell_of_alone(const Survey& found, std::int64_t batch_size) {
  for (const auto* set : {&found.train, &found.reg}) {
    const std::vector<const SurveyedImage*> alone = alone_in_bucket(*set);
    if (alone.empty()) continue;
    log_info(shown(alone[0]->file.string(), 300) + ": " + alone_text(*alone[0], batch_size) +
             (alone.size() == 1 ? "" : "; so are " + std::to_string(alone.size() - 1) + " more photos at other sizes"));
  }
}

}  // namespace

TrainingSets read_training_sets(const DataFolders& folders, const DataConfig& config) {
  const Survey found =
      survey(folders, config, /*with_hashes=*/false, [](std::int64_t, std::int64_t) { throw_if_interrupted(); });
  for (const std::string& warning : found.warnings) log_warning(warning);
  for (const std::string& warning : note_warnings(found)) log_warning(warning);
  if (const std::string problems = problem_summary(found); !problems.empty()) throw Error(problems);
  tell_of_alone(found, config.batch_size);
  return {training_images(found.train), training_images(found.reg)};
}

at::Tensor load_training_image(const TrainingImage& image, const DataConfig& config, bool flipped) {
  Image photo = read_image(image.file);
  if (config.center_crop) photo = centre_of(photo, image.width, image.height);
  photo = resize_bicubic(photo, static_cast<int>(image.width), static_cast<int>(image.height));
  static const std::array<float, 256> kValues = [] {  // in double, as numpy computes them
    std::array<float, 256> values{};
    for (int i = 0; i < 256; ++i) values[i] = static_cast<float>(i / 127.5 - 1.0);
    return values;
  }();
  at::Tensor pixels = at::empty({3, photo.height, photo.width}, at::kFloat);
  float* out = pixels.data_ptr<float>();
  const std::int64_t plane = std::int64_t{photo.height} * photo.width;
  for (int y = 0; y < photo.height; ++y)
    for (int x = 0; x < photo.width; ++x) {
      const std::uint8_t* rgb = photo.row(y) + 3 * (flipped ? photo.width - 1 - x : x);
      float* pixel = out + std::int64_t{y} * photo.width + x;
      for (int c = 0; c < 3; ++c) pixel[c * plane] = kValues[rgb[c]];
    }
  return pixels;
}

}  // namespace miafr
