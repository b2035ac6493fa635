#include "core/pipeline/evaluate_images.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/image/difference_hash.h"
#include "core/image/read_image.h"
#include "core/io/sha256.h"
#include "core/pipeline/face_embedding_map.h"
#include "core/pipeline/face_pictures.h"
#include "core/runtime/log.h"
#include "core/runtime/shown.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

// "plugin.measure" -> 0..100 of one face.
std::map<std::string, double> quality_scores(const AnalysedFace& face, const FaceNetworks& networks) {
  std::map<std::string, double> scores;
  for (std::size_t q = 0; q < face.quality.size(); ++q) {
    const auto& measures = networks.quality[q].object->measures();
    for (std::size_t m = 0; m < measures.size(); ++m)
      scores[networks.quality[q].identity.name + "." + measures[m].name] = face.quality[q].score[m];
  }
  return scores;
}

void refuse_unknown_measure(const QualityLimit& limit, const FaceNetworks& networks) {
  std::string known;
  for (const auto& quality : networks.quality)
    for (const QualityInfo& measure : quality.object->measures()) {
      const std::string name = quality.identity.name + "." + measure.name;
      if (name == limit.measure) return;
      known += (known.empty() ? "" : ", ") + name;
    }
  throw UsageError("--min-quality: there is no measure " + miafr::quoted(limit.measure) +
                   (known.empty() ? "; give a --quality plugin" : "; there are: " + known));
}

void apply_limit(const QualityLimit& limit, const FaceNetworks& networks, AnalysedFace& face) {
  if (!face.failure.empty()) return;
  const double score = quality_scores(face, networks).at(limit.measure);
  if (score >= limit.least) return;
  face.failure = "low quality";
  face.detail = limit.measure + " is " + std::to_string(std::llround(score)) + ", at least " +
                std::to_string(std::llround(limit.least)) + " is wanted";
}

// The training images' bytes and looks.
class Training {
 public:
  explicit Training(const std::vector<fs::path>& files) {
    for (const fs::path& file : files) {
      try {
        const std::string bytes = read_image_bytes(file);
        hashes_.insert(sha256_of_bytes(bytes.data(), bytes.size()));
        looks_.push_back(difference_hash(decode_image(bytes)));
      } catch (const ImageError& e) {
        log_warning(std::string(e.what()) + "; it is not known as a training image");
      }
    }
  }
  bool has(const AnalysedFace& face) const {
    if (hashes_.count(face.sha256)) return true;
    return face.width > 0 && std::any_of(looks_.begin(), looks_.end(), [&](std::uint64_t look) {
             return hash_distance(look, face.difference_hash) <= kNearDuplicate;
           });
  }

 private:
  std::set<std::string> hashes_;
  std::vector<std::uint64_t> looks_;
};

std::map<std::string, double> reference_ages(const std::vector<EvaluatedImage>& images) {
  std::map<std::string, std::pair<double, int>> sums;
  for (const EvaluatedImage& image : images)
    if (image.reference && std::isfinite(image.face.age)) {
      sums[image.sample.subject].first += image.face.age;
      ++sums[image.sample.subject].second;
    }
  std::map<std::string, double> means;
  for (const auto& [subject, sum] : sums) means[subject] = sum.first / sum.second;
  return means;
}

// One record for each image, and one more for each matcher that could not use its face.
void record_images(const std::vector<EvaluatedImage>& images, const FaceNetworks& networks, Evaluation& evaluation) {
  const std::map<std::string, double> ages = reference_ages(images);
  for (const EvaluatedImage& image : images) {
    ImageRecord record;
    record.image = image.sample.name;
    record.subject = image.sample.subject;
    record.method = image.method();
    record.group = image.sample.label;
    record.reference = image.reference;
    record.failure = image.face.failure;
    if (!record.failure.empty()) record.failure_stage = record.failure == "unreadable" ? "read" : "detect";
    record.apparent_age = image.face.age;
    if (const auto age = ages.find(record.subject); age != ages.end()) record.reference_age = age->second;
    evaluation.images.push_back(record);
    for (std::size_t m = 0; m < image.face.embedding_failures.size(); ++m) {
      if (image.face.embedding_failures[m].empty()) continue;
      record.matcher = networks.matchers[m].identity.name;
      record.failure_stage = "embed";
      record.failure = image.face.embedding_failures[m];
      evaluation.images.push_back(record);
    }
  }
}

}  // namespace

std::vector<EvaluatedImage> analyse_samples(const ImageSources& sources, const FaceNetworks& networks,
                                            const FaceSettings& settings, const FaceProgress& progress) {
  if (sources.min_quality) refuse_unknown_measure(*sources.min_quality, networks);
  std::vector<fs::path> files;
  for (const auto* list : {&sources.references, &sources.probes})
    for (const Sample& sample : *list) files.push_back(sample.file);
  std::vector<AnalysedFace> faces = analyse_faces(files, networks, settings, progress);
  const Training training(sources.training);
  std::vector<EvaluatedImage> images;
  for (const auto* list : {&sources.references, &sources.probes})
    for (const Sample& sample : *list) {
      EvaluatedImage image{sample, std::move(faces[images.size()]), list == &sources.references, false};
      image.seen = image.reference && training.has(image.face);
      if (sources.min_quality) apply_limit(*sources.min_quality, networks, image.face);
      images.push_back(std::move(image));
    }
  return images;
}

void describe_images(const std::vector<EvaluatedImage>& images, const FaceNetworks& networks, Evaluation& evaluation) {
  evaluation.source = "images";
  record_images(images, networks, evaluation);
  for (std::size_t m = 0; m < networks.matchers.size(); ++m) {
    std::vector<EmbeddingPoint> points = principal_components(images, m);
    if (!points.empty()) evaluation.maps.push_back({networks.matchers[m].identity.name, "PCA", std::move(points)});
  }
  add_face_pictures(images, evaluation);
}

}  // namespace miafr
