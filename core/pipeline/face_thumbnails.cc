#include "core/pipeline/face_thumbnails.h"

#include <algorithm>
#include <map>
#include <opencv2/imgcodecs.hpp>
#include <set>

#include "core/image/read_image.h"
#include "core/pipeline/face_chips.h"

namespace miafr {
namespace {

constexpr int kSize = 112;                          // pixels of a thumbnail's side
constexpr std::size_t kSubjects = 8, kLabels = 14;  // of the grid

std::string encode_png(const Image& image) {
  cv::Mat bgr(image.height, image.width, CV_8UC3);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      for (int c = 0; c < 3; ++c) bgr.at<cv::Vec3b>(y, x)[2 - c] = image.row(y)[3 * x + c];
  std::vector<std::uint8_t> bytes;
  cv::imencode(".png", bgr, bytes);
  return {bytes.begin(), bytes.end()};
}

void make_grid_of_names(const std::vector<EvaluatedImage>& images, Evaluation& evaluation) {
  std::vector<std::string> subjects, groups;
  const auto note = [](std::vector<std::string>& list, const std::string& name, std::size_t most) {
    if (list.size() < most && std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
  };
  std::map<std::pair<std::string, std::string>, std::string> first;  // subject, group -> image
  for (const EvaluatedImage& image : images) {
    if (!image.face.failure.empty()) continue;
    note(subjects, image.sample.subject, kSubjects);
    note(groups, image.group(), kLabels);
    first.try_emplace({image.sample.subject, image.group()}, image.sample.name);
  }
  if (groups.size() < 2) return;  // nothing was edited
  evaluation.grid_labels = groups;
  for (const std::string& subject : subjects) {
    std::vector<std::string> row;
    for (const std::string& group : groups) {
      const auto found = first.find({subject, group});
      row.push_back(found == first.end() ? "" : found->second);
    }
    evaluation.grid.push_back(row);
  }
}

}  // namespace

void add_thumbnails(const std::vector<EvaluatedImage>& images, Evaluation& evaluation) {
  make_grid_of_names(images, evaluation);
  std::set<std::string> wanted;
  for (const auto& row : evaluation.grid) wanted.insert(row.begin(), row.end());
  for (const MatcherResult& matcher : evaluation.matchers)
    for (const auto* pairs : {&matcher.worst_genuine, &matcher.closest_impostors})
      for (const WorstPair& pair : *pairs) wanted.insert({pair.probe, pair.reference});
  for (const EvaluatedImage& image : images) {
    if (!wanted.count(image.sample.name) || !image.face.failure.empty()) continue;
    try {
      const Image face = face_thumbnail(read_image(image.sample.file), image.face.face.points, kSize);
      evaluation.thumbnails[image.sample.name] = {encode_png(face), kSize, kSize};
    } catch (const ImageError&) {  // it is gone since
    }
  }
}

}  // namespace miafr
