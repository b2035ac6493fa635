#include "core/evaluation/evaluate_images.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "core/base/interrupt.h"
#include "core/base/log.h"
#include "core/base/shown.h"
#include "core/evaluation/evaluate_scores.h"
#include "core/evaluation/face_embedding_map.h"
#include "core/evaluation/face_pictures.h"
#include "core/evaluation/name_joins.h"
#include "core/image/difference_hash.h"
#include "core/image/read_image.h"
#include "core/io/sha256.h"

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

double norm_of(const std::vector<float>& embedding) {
  double sum = 0;
  for (const float v : embedding) sum += double{v} * v;
  return embedding.empty() ? std::nan("") : std::sqrt(sum);
}

bool norm_is_quality(const FaceNetworks& networks, std::size_t matcher) {
  return networks.matchers[matcher].identity.flags & kNormIsQuality;
}

// "face_measures.sharpness" (0..100) and "face_measures.sharpness.native" (in its unit) of each measure, and
// "adaface.norm" of each matcher whose norm says how good a face is.
std::vector<std::string> measure_names(const FaceNetworks& networks) {
  std::vector<std::string> names;
  for (const auto& quality : networks.quality)
    for (const QualityInfo& measure : quality.object->measures())
      for (const char* ending : {"", ".native"}) names.push_back(quality.identity.name + "." + measure.name + ending);
  for (std::size_t m = 0; m < networks.matchers.size(); ++m)
    if (norm_is_quality(networks, m)) names.push_back(networks.matchers[m].identity.name + ".norm");
  return names;
}

// In the order of their names.
std::vector<double> measures_of(const AnalysedFace& face, const FaceNetworks& networks) {
  std::vector<double> values;
  for (std::size_t q = 0; q < networks.quality.size(); ++q)
    for (std::size_t m = 0; m < networks.quality[q].object->measures().size(); ++m) {
      const bool measured = q < face.quality.size();
      values.push_back(measured ? face.quality[q].score[m] : std::nan(""));
      values.push_back(measured ? face.quality[q].native[m] : std::nan(""));
    }
  for (std::size_t m = 0; m < networks.matchers.size(); ++m)
    if (norm_is_quality(networks, m)) values.push_back(norm_of(face.embeddings[m]));
  return values;
}

// One record for each image, and one more for each matcher that could not use its face.
void record_images(const std::vector<EvaluatedImage>& images, const FaceNetworks& networks, Evaluation& evaluation) {
  const std::map<std::string, double> ages = reference_ages(images);
  evaluation.image_measures = measure_names(networks);
  for (const EvaluatedImage& image : images) {
    ImageRecord record;
    record.image = image.sample.name;
    record.subject = image.sample.subject;
    record.method = image.method();
    record.group = image.sample.label;
    record.reference = image.reference;
    record.failure = image.face.failure;
    if (!record.failure.empty()) record.failure_stage = record.failure == "unreadable" ? "read" : "detect";
    record.detail = image.face.detail;
    if (record.failure.empty()) record.face_score = image.face.face.confidence;
    record.measures = measures_of(image.face, networks);
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

std::string method_of(const EvaluatedImage& image) {
  const std::string method = image.method();
  return method == kOriginal ? "" : method;  // of a list of pairs
}

// The pictures behind a cell's comparisons. Of a real one each is both probe and reference. Nothing where comparisons
// say what group they are of, and not pictures.
std::optional<AcquisitionCounts> acquisitions_of(const std::vector<EvaluatedImage>& images, std::size_t matcher,
                                                 const std::string& method, const CellResult& cell) {
  const bool by_label = !cell.group.empty() && method != kVaeRoundTrip;
  std::vector<Acquisition> acquisitions;
  bool probed = false;
  for (const EvaluatedImage& image : images) {
    const AnalysedFace& face = image.face;
    const std::string_view failure = face.failure.empty() ? face.embedding_failures[matcher] : face.failure;
    if (image.reference && cell.reference_seen.value_or(image.seen) == image.seen)
      acquisitions.push_back({image.sample.subject, true, failure});
    if (method_of(image) != method || (by_label && image.sample.label != cell.group)) continue;
    acquisitions.push_back({image.sample.subject, false, failure});
    probed = true;
  }
  if (!probed) return std::nullopt;
  return count_acquisitions(acquisitions);
}

void count_pictures(const std::vector<EvaluatedImage>& images, Evaluation& evaluation) {
  for (std::size_t m = 0; m < evaluation.matchers.size(); ++m)
    for (MethodResult& method : evaluation.matchers[m].methods)
      for (CellResult& cell : method.cells) cell.acquisition = acquisitions_of(images, m, method.method, cell);
}

// "unreadable 2 (a.png: no such file), no face 1 (b.png: no face was found)": each reason with its first image.
std::string failures_with_images(const std::vector<EvaluatedImage>& images) {
  struct Reason {
    std::int64_t count = 0;
    std::string first;
  };
  std::map<std::string, Reason> reasons;
  const auto note = [&](const std::string& reason, const EvaluatedImage& image, const std::string& detail) {
    if (reason.empty()) return;
    Reason& one = reasons[reason];
    if (one.count++ == 0) one.first = shown(image.sample.name, 300) + (detail.empty() ? "" : ": " + detail);
  };
  for (const EvaluatedImage& image : images) {
    note(image.face.failure, image, image.face.detail);
    if (image.face.failure.empty())
      for (const std::string& failure : image.face.embedding_failures) note(failure, image, "");
  }
  std::string text;
  for (const auto& [reason, one] : reasons)
    text += (text.empty() ? "" : ", ") + reason + " " + std::to_string(one.count) + " (" + one.first + ")";
  return text;
}

std::string emptied_text(const LeftOut::Emptied& person) {
  const bool one = person.comparisons == 1;
  return miafr::quoted(person.subject) + (person.method.empty() ? "" : " of " + person.method) +
         " has no genuine comparison: " +
         (one ? "the only one is" : "all " + std::to_string(person.comparisons) + " are") +
         " of copies of one picture and left out, such as " + shown(person.a, 300) + " and " + shown(person.b, 300) +
         ".";
}

}  // namespace

std::vector<std::string> left_out_warnings(const LeftOut& left_out) {
  constexpr std::size_t kNamed = 5;
  std::vector<std::string> warnings;
  const auto warn = [&](std::int64_t count, const char* what) {
    if (count > 0) warnings.push_back(std::to_string(count) + what);
  };
  warn(left_out.same_file, " comparisons of two copies of one file are left out.");
  warn(left_out.near_duplicates, " genuine comparisons of real pictures that look like one photo are left out.");
  const std::size_t all = left_out.emptied.size();
  for (std::size_t i = 0; i < std::min(all, kNamed); ++i) warnings.push_back(emptied_text(left_out.emptied[i]));
  if (all > kNamed)
    warnings.push_back(std::to_string(all - kNamed) + " more persons have no genuine comparison for their copies.");
  return warnings;
}

void check_any_score(const std::vector<EvaluatedImage>& images, const std::vector<MatcherScores>& scores,
                     const LeftOut& left_out) {
  std::size_t rows = 0;
  for (const MatcherScores& one : scores) {
    rows += one.table.size();
    for (std::size_t row = 0; row < one.table.size(); ++row)
      if (!one.table.failed(row)) return;
  }
  if (rows > 0)
    throw Error("nothing can be computed: none of the " + std::to_string(rows) +
                " comparisons has a score, all failed: " + failures_with_images(images));
  std::string why;
  for (const std::string& warning : left_out_warnings(left_out)) why += " " + warning;
  throw Error("nothing can be computed: there is no comparison" +
              (why.empty() ? "; one picture is not enough" : ":" + why));
}

void check_sources(const ImageSources& sources, const FaceNetworks& networks, const EvaluationSettings& settings) {
  if (sources.min_quality) refuse_unknown_measure(*sources.min_quality, networks);
  std::set<std::string> persons;
  for (const auto* list : {&sources.references, &sources.probes})
    for (const Sample& sample : *list) persons.insert(sample.subject);
  check_groups(persons, settings.demographics);
}

std::vector<UnmatchedNames> unmatched_in_sources(const ImageSources& sources, const EvaluationSettings& settings) {
  std::vector<MethodNames> methods(1);  // the real pictures
  for (const Sample& sample : sources.references) methods[0].references.insert(sample.subject);
  for (const Sample& sample : sources.probes) {
    const std::string name = sample.method.empty() ? kEdited : sample.method;
    if (methods.back().method != name) {
      methods.emplace_back();
      methods.back().method = name;
      methods.back().pictures_named = true;
    }
    ++methods.back().probes[sample.subject];
    if (!sample.label.empty()) methods.back().labels[sample.label] = 0;
  }
  std::vector<std::string> names;
  for (const MethodNames& method : methods) names.push_back(method.method);
  return unmatched_in_methods(methods, baseline_place(names, settings.baseline));
}

std::vector<EvaluatedImage> analyse_samples(const ImageSources& sources, const FaceNetworks& networks,
                                            const FaceSettings& settings, const FaceProgress& progress) {
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

void describe_images(const std::vector<EvaluatedImage>& images, std::size_t training, const FaceNetworks& networks,
                     Evaluation& evaluation) {
  evaluation.source = "images";
  record_images(images, networks, evaluation);
  count_pictures(images, evaluation);
  for (std::size_t m = 0; m < networks.matchers.size(); ++m) {
    for (EmbeddingMap& map : embedding_maps(images, m, networks.matchers[m].identity.name, throw_if_interrupted))
      evaluation.maps.push_back(std::move(map));
  }
  add_face_pictures(images, evaluation);
  const auto seen = std::count_if(images.begin(), images.end(), [](const EvaluatedImage& image) { return image.seen; });
  if (training > 0) evaluation.training = {static_cast<std::int64_t>(training), seen};
}

}  // namespace miafr
