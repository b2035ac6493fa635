#include "core/pipeline/evaluate_images.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>

#include "core/image/difference_hash.h"
#include "core/image/read_image.h"
#include "core/io/sha256.h"
#include "core/pipeline/face_embedding_map.h"
#include "core/pipeline/face_thumbnails.h"
#include "core/runtime/log.h"
#include "core/runtime/shown.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

// "plugin.measure" -> 0..100 of one face; a matcher whose norm is a quality gives "matcher.norm" in its own unit.
std::map<std::string, double> quality_scores(const AnalysedFace& face, const FaceNetworks& networks) {
  std::map<std::string, double> scores;
  for (std::size_t q = 0; q < face.quality.size(); ++q) {
    const auto& measures = networks.quality[q].object->measures();
    for (std::size_t m = 0; m < measures.size(); ++m)
      scores[networks.quality[q].identity.name + "." + measures[m].name] = face.quality[q].score[m];
  }
  for (std::size_t m = 0; m < networks.matchers.size(); ++m) {
    const PluginIdentity& matcher = networks.matchers[m].identity;
    if (!(matcher.traits & kNormIsQuality) || face.embeddings[m].empty()) continue;
    double sum = 0;
    for (const float v : face.embeddings[m]) sum += double{v} * v;
    scores[matcher.name + ".norm"] = std::sqrt(sum);
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

void count_images(const std::vector<EvaluatedImage>& images, const FaceNetworks& networks, Evaluation& evaluation) {
  std::map<std::string, AcquisitionResult> groups;
  for (const EvaluatedImage& image : images) {
    AcquisitionResult& group = groups[image.group()];
    group.group = image.group();
    ++group.images;
    const AnalysedFace& face = image.face;
    if (face.failure.empty()) {
      ++group.used;
    } else {
      ++group.failures[face.failure];
      evaluation.failures.push_back({image.sample.name, image.sample.subject, image.group(),
                                     face.failure == "unreadable" ? "reading" : "detection", face.failure,
                                     face.detail});
    }
    for (std::size_t m = 0; m < face.embedding_failures.size(); ++m)
      if (!face.embedding_failures[m].empty())
        evaluation.failures.push_back({image.sample.name, image.sample.subject, image.group(),
                                       networks.matchers[m].identity.name, face.embedding_failures[m], ""});
  }
  for (auto& [name, group] : groups) evaluation.acquisition.push_back(std::move(group));
}

// Mean score of each probe's genuine comparisons, by image name.
std::unordered_map<std::string, double> identity_of(const ScoreTable& table) {
  std::unordered_map<std::string, std::pair<double, int>> sums;
  for (std::size_t row = 0; row < table.size(); ++row) {
    if (!table.genuine(row) || table.failed(row)) continue;
    auto& [sum, count] = sums[table.names()[table.probe(row)]];
    sum += table.score(row);
    ++count;
  }
  std::unordered_map<std::string, double> means;
  for (const auto& [name, sum] : sums) means[name] = sum.first / sum.second;
  return means;
}

void describe_ages(const std::vector<EvaluatedImage>& images, const std::vector<ScoreTable>& tables,
                   Evaluation& evaluation) {
  std::map<std::string, std::pair<double, int>> references;
  for (const EvaluatedImage& image : images)
    if (image.reference && std::isfinite(image.face.age)) {
      references[image.sample.subject].first += image.face.age;
      ++references[image.sample.subject].second;
    }
  const auto identity = tables.empty() ? std::unordered_map<std::string, double>() : identity_of(tables[0]);
  for (const EvaluatedImage& image : images) {
    if (!std::isfinite(image.face.age)) continue;
    AgeOfImage age{image.sample.name, image.sample.subject, image.group(), image.face.age, {}, {}};
    const auto reference = references.find(image.sample.subject);
    if (reference != references.end()) age.of_reference = reference->second.first / reference->second.second;
    const auto score = identity.find(image.sample.name);
    if (score != identity.end() && !image.reference) age.identity = score->second;
    evaluation.ages.push_back(age);
  }
}

// The lesser quality of each comparison's two images.
std::vector<double> pair_quality(const ScoreTable& table, const std::unordered_map<std::string, double>& by_image) {
  std::vector<double> quality(table.size());
  const auto of = [&](std::uint32_t name) {
    const auto found = by_image.find(table.names()[name]);
    return found == by_image.end() ? std::nan("") : found->second;
  };
  for (std::size_t row = 0; row < table.size(); ++row) {
    const double probe = of(table.probe(row)), reference = of(table.reference(row));
    quality[row] = std::isnan(probe) || std::isnan(reference) ? std::nan("") : std::min(probe, reference);
  }
  return quality;
}

void describe_quality(const std::vector<EvaluatedImage>& images, const FaceNetworks& networks,
                      const std::vector<ScoreTable>& tables, Evaluation& evaluation) {
  std::map<std::string, std::unordered_map<std::string, double>> measures;
  for (const EvaluatedImage& image : images) {
    if (!image.face.failure.empty()) continue;
    QualityOfImage quality{image.sample.name, image.group(), quality_scores(image.face, networks)};
    for (const auto& [measure, score] : quality.scores) measures[measure][image.sample.name] = score;
    if (!quality.scores.empty()) evaluation.qualities.push_back(std::move(quality));
  }
  for (std::size_t m = 0; m < tables.size(); ++m) {
    MatcherResult& matcher = evaluation.matchers[m];
    const auto strict = std::find_if(matcher.thresholds.rbegin(), matcher.thresholds.rend(),
                                     [](const ThresholdResult& t) { return t.point.resolvable; });
    if (strict == matcher.thresholds.rend()) continue;
    for (const auto& [measure, by_image] : measures)
      matcher.discard.push_back(
          {measure, strict->target,
           discard_curve(tables[m], pair_quality(tables[m], by_image), strict->point.point, Failures::kCountAsErrors)});
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

void describe_images(const std::vector<EvaluatedImage>& images, const FaceNetworks& networks,
                     const std::vector<ScoreTable>& tables, Evaluation& evaluation) {
  count_images(images, networks, evaluation);
  describe_ages(images, tables, evaluation);
  describe_quality(images, networks, tables, evaluation);
  for (std::size_t m = 0; m < networks.matchers.size(); ++m)
    evaluation.embeddings[networks.matchers[m].identity.name] = principal_components(images, m);
  add_thumbnails(images, evaluation);
}

}  // namespace miafr
