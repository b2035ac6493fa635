#include "core/evaluation/face_pictures.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "core/face/face_chips.h"
#include "core/image/jpeg.h"
#include "core/image/read_image.h"

namespace miafr {
namespace {

constexpr int kSize = 112;                        // pixels of a face's side
constexpr int kQuality = 90;                      // of a face's JPEG
constexpr std::size_t kPairs = 8;                 // of each kind and matcher
constexpr std::size_t kSubjects = 8, kMost = 14;  // rows and columns of the grid

// Faces by image name, each cut out once.
class Faces {
 public:
  explicit Faces(const std::vector<EvaluatedImage>& images) {
    for (const EvaluatedImage& image : images) images_.emplace(image.sample.name, &image);
  }

  // Without bytes where there is no face, or the file is gone since.
  Picture of(const std::string& name) {
    const auto image = images_.find(name);
    if (image == images_.end() || !image->second->face.failure.empty()) return {};
    auto [known, is_new] = pictures_.try_emplace(name);
    if (is_new) known->second = cut(*image->second);
    return known->second;
  }

 private:
  static Picture cut(const EvaluatedImage& image) {
    try {
      const Image face = face_thumbnail(read_image(image.sample.file), image.face.face.points, kSize);
      return {"image/jpeg", encode_jpeg(face, kQuality), image.sample.name};
    } catch (const ImageError&) {
      return {};
    }
  }

  std::unordered_map<std::string, const EvaluatedImage*> images_;
  std::unordered_map<std::string, Picture> pictures_;
};

// The rows of that kind that are accepted least (genuine) or most (impostor).
std::vector<std::size_t> worst_rows(const ScoreTable& table, bool genuine) {
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < table.size(); ++row)
    if (table.genuine(row) == genuine && !table.failed(row)) rows.push_back(row);
  const double sign = direction(table.kind()) * (genuine ? 1 : -1);
  const std::size_t kept = std::min(kPairs, rows.size());
  std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(kept), rows.end(),
                    [&](std::size_t a, std::size_t b) {
                      const double left = sign * table.score(a), right = sign * table.score(b);
                      return left != right ? left < right : a < b;
                    });
  rows.resize(kept);
  return rows;
}

void add_pairs(const MatcherScores& scores, Faces& faces, Evaluation& evaluation) {
  for (const bool genuine : {true, false})
    for (const std::size_t row : worst_rows(scores.table, genuine)) {
      const ScoredPair pair = scores.table[row];
      PairPicture picture{scores.matcher,
                          genuine,
                          pair.score,
                          faces.of(std::string(pair.probe)),
                          faces.of(std::string(pair.reference)),
                          std::string(pair.probe) + " and " + std::string(pair.reference)};
      if (!picture.probe.bytes.empty() && !picture.reference.bytes.empty())
        evaluation.pairs.push_back(std::move(picture));
    }
}

std::string column_of(const EvaluatedImage& image) {
  if (image.reference) return kOriginal;
  if (image.sample.method.empty()) return image.sample.label.empty() ? kEdited : image.sample.label;
  return image.sample.method + (image.sample.label.empty() ? "" : ", " + image.sample.label);
}

void add_grid(const std::vector<EvaluatedImage>& images, Faces& faces, Evaluation& evaluation) {
  PictureGrid grid;
  grid.title = "Faces";
  std::vector<std::string> subjects;
  const auto note = [](std::vector<std::string>& list, const std::string& name, std::size_t most) {
    if (list.size() < most && std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
  };
  std::map<std::pair<std::string, std::string>, std::string> first;  // subject, column -> image
  for (const EvaluatedImage& image : images) {
    if (!image.face.failure.empty()) continue;
    note(subjects, image.sample.subject, kSubjects);
    note(grid.columns, column_of(image), kMost);
    first.try_emplace({image.sample.subject, column_of(image)}, image.sample.name);
  }
  if (grid.columns.size() < 2) return;  // nothing was edited
  for (const std::string& subject : subjects) {
    PictureGrid::Row row{subject, {}};
    for (const std::string& column : grid.columns) {
      const auto found = first.find({subject, column});
      Picture picture = found == first.end() ? Picture{} : faces.of(found->second);
      row.pictures.push_back(picture.bytes.empty() ? std::nullopt : std::optional<Picture>(std::move(picture)));
    }
    grid.rows.push_back(std::move(row));
  }
  evaluation.grids.push_back(std::move(grid));
}

}  // namespace

void add_face_pictures(const std::vector<EvaluatedImage>& images, Evaluation& evaluation) {
  Faces faces(images);
  for (const MatcherScores& scores : evaluation.scores) add_pairs(scores, faces, evaluation);
  add_grid(images, faces, evaluation);
}

}  // namespace miafr
