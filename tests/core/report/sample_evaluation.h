// An evaluation with every part filled: three matchers, three methods and a round trip, six ages, some failures.
#pragma once

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "core/evaluation/evaluate_scores.h"

namespace miafr_tests {

struct SampleSize {
  int subjects = 20, pictures = 5, edited = 4;
};

class SampleScores {
 public:
  explicit SampleScores(SampleSize size) : size_(size) {
    for (int s = 0; s < size.subjects; ++s) {
      subjects_.push_back("subject " + std::to_string(s + 1));
      bias_.push_back(normal(0, 0.06));
    }
  }

  miafr::MatcherScores matcher(const std::string& name, miafr::ScoreKind kind, double genuine, double spread) {
    miafr::MatcherScores scores{name, miafr::ScoreTable(kind)};
    add_real(scores.table, genuine, spread);
    add_edited(scores.table, miafr::kVaeRoundTrip, {""}, {0.02}, genuine, spread);
    for (const auto& [method, loss] : kMethods) {
      std::vector<double> drops;
      for (const double drop : kDrops) drops.push_back(loss * drop);
      add_edited(scores.table, method, kLabels, drops, genuine, spread);
    }
    return scores;
  }

  double normal(double mean, double deviation) { return std::normal_distribution<double>(mean, deviation)(engine_); }
  const std::vector<std::string>& subjects() const { return subjects_; }

  static inline const std::vector<std::string> kLabels = {"child",      "teenager", "youngadults",
                                                          "middleaged", "elderly",  "old"};
  static inline const std::vector<double> kDrops = {0.3, 0.14, 0.04, 0.05, 0.13, 0.2};
  static inline const std::vector<std::pair<std::string, double>> kMethods = {
      {"dreambooth", 1}, {"contrastive", 0.55}, {"biometric", 0.35}};

 private:
  static std::string picture(const std::string& subject, const std::string& what, int i) {
    return subject + "/" + what + "_" + std::to_string(i) + ".png";
  }

  void add(miafr::ScoreTable& table, int a, int b, const std::string& probe, const std::string& reference,
           const std::string& method, const std::string& group, double similarity, const char* failure,
           double quality) {
    miafr::ScoredPair pair;
    pair.genuine = a == b;
    pair.score = table.kind() == miafr::ScoreKind::kSimilarity ? similarity : 1.6 * (1 - similarity);
    pair.failure = failure;
    pair.subject_probe = subjects_[a];
    pair.subject_reference = subjects_[b];
    pair.probe = probe;
    pair.reference = reference;
    pair.method = method;
    pair.group = group;
    pair.quality = quality;
    table.add(pair);
  }

  void add_real(miafr::ScoreTable& table, double genuine, double spread) {
    for (int i = 0; i < size_.subjects * size_.pictures; ++i)
      for (int j = 0; j < i; ++j) {
        const int a = i / size_.pictures, b = j / size_.pictures;
        const double mean = a == b ? genuine + bias_[a] : 0.06 + (bias_[a] + bias_[b]) / 2;
        add(table, a, b, picture(subjects_[a], "real", i % size_.pictures),
            picture(subjects_[b], "real", j % size_.pictures), "", "", normal(mean, a == b ? spread : 0.09), "",
            normal(65, 12));
      }
  }

  void add_edited(miafr::ScoreTable& table, const std::string& method, const std::vector<std::string>& labels,
                  const std::vector<double>& drops, double genuine, double spread) {
    for (int a = 0; a < size_.subjects; ++a)
      for (std::size_t l = 0; l < labels.size(); ++l)
        for (int k = 0; k < size_.edited; ++k) {
          const std::string probe = picture(subjects_[a], method + "_" + labels[l], k);
          const double quality = normal(52, 18);
          const double mean = genuine + bias_[a] - drops[l] + (quality - 50) / 400 + normal(0, 0.05);
          const double luck = std::uniform_real_distribution<double>()(engine_);
          const char* failure = luck < 0.03 ? "no face" : luck < 0.035 ? "several faces" : "";
          for (int r = 0; r < size_.pictures; ++r)
            add(table, a, a, probe, picture(subjects_[a], "real", r), method, labels[l], normal(mean, 0.6 * spread),
                failure, quality);
          for (int b = 0; b < size_.subjects; ++b)
            if (b != a)
              add(table, a, b, probe, picture(subjects_[b], "real", 0), method, labels[l],
                  normal(0.05 + (bias_[a] + bias_[b]) / 2, 0.09), failure, quality);
        }
  }

  const SampleSize size_;
  std::mt19937_64 engine_{20261125};
  std::vector<std::string> subjects_;
  std::vector<double> bias_;
};

inline miafr::Picture sample_picture(int hue, const std::string& text) {
  return {"image/svg+xml",
          "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 10 10'><rect width='10' height='10' fill='hsl(" +
              std::to_string(hue) + " 30% 55%)'/><circle cx='5' cy='5' r='3' fill='hsl(" + std::to_string(hue) +
              " 40% 80%)'/></svg>",
          text};
}

inline void add_sample_pictures(miafr::Evaluation& evaluation, SampleScores& sample, SampleSize size) {
  const double ages[] = {10, 17, 25, 42, 62, 74};
  for (const auto& [method, loss] : SampleScores::kMethods)
    for (std::size_t s = 0; s < sample.subjects().size(); ++s)
      for (std::size_t l = 0; l < SampleScores::kLabels.size(); ++l)
        for (int k = 0; k < size.edited; ++k) {
          miafr::ImageRecord image;
          image.subject = sample.subjects()[s];
          image.method = method;
          image.group = SampleScores::kLabels[l];
          image.image = image.subject + "/" + method + "_" + image.group + "_" + std::to_string(k) + ".png";
          image.reference_age = 30 + static_cast<double>(s);
          image.apparent_age = (1 - loss / 3) * image.reference_age + loss / 3 * 35 +
                               (0.55 + 0.3 * loss) * (ages[l] - image.reference_age) + sample.normal(0, 5);
          image.face_score = 0.999;
          image.measures = {50 + sample.normal(0, 10)};
          evaluation.images.push_back(image);
        }
  evaluation.image_measures = {"face_measures.sharpness"};
  evaluation.images[3].failure = "no face";
  evaluation.images[3].failure_stage = "detect";
  for (const std::string technique : {"PCA", "t-SNE"}) {
    miafr::EmbeddingMap map{"arcface", technique, {}};
    for (std::size_t s = 0; s < sample.subjects().size(); ++s) {
      const double x = sample.normal(0, 3), y = sample.normal(0, 3);
      for (const std::string method : {"", "dreambooth", "contrastive", "biometric"})
        for (int i = 0; i < 4; ++i)
          map.points.push_back({sample.subjects()[s], method, "", x + sample.normal(method.empty() ? 0 : 0.4, 0.4),
                                y + sample.normal(0, 0.4)});
    }
    evaluation.maps.push_back(map);
  }
  for (int i = 0; i < 4; ++i)
    for (const bool genuine : {true, false})
      evaluation.pairs.push_back(
          {"arcface", genuine, genuine ? 0.05 + 0.03 * i : 0.44 - 0.02 * i, sample_picture(40 * i, "probe"),
           sample_picture(200 + 30 * i, "reference"),
           "subject " + std::to_string(i + 1) + (genuine ? ", child, dreambooth" : " and another")});
  for (const auto& [method, loss] : SampleScores::kMethods)
    for (const std::string attribute : {"hat", "smile", "bald"})
      evaluation.attributes.push_back({method, attribute, 60 + static_cast<int>(20 * loss), 80});
  evaluation.attribute_source = "a VQA model";
  miafr::PictureGrid grid{"biometric: persons by age", SampleScores::kLabels, {}};
  for (int s = 0; s < 3; ++s) {
    grid.rows.push_back({sample.subjects()[static_cast<std::size_t>(s)], {}});
    for (int l = 0; l < 6; ++l) {
      grid.rows.back().pictures.push_back(sample_picture(60 * l + 20 * s, "subject"));
      if (s == 2 && l == 3) grid.rows.back().pictures.back().reset();
    }
  }
  evaluation.grids.push_back(grid);
}

inline miafr::Evaluation sample_evaluation(SampleSize size, miafr::EvaluationSettings settings = {}) {
  SampleScores sample(size);
  std::vector<miafr::MatcherScores> scores;
  scores.push_back(sample.matcher("arcface", miafr::ScoreKind::kSimilarity, 0.62, 0.1));
  scores.push_back(sample.matcher("facenet", miafr::ScoreKind::kDistance, 0.5, 0.12));
  scores.push_back(sample.matcher("adaface", miafr::ScoreKind::kSimilarity, 0.66, 0.09));
  for (std::size_t s = 0; s < sample.subjects().size(); ++s)
    settings.demographics.emplace(sample.subjects()[s], s % 2 == 0 ? "women" : "men");
  const std::string sha256(64, 'a');
  miafr::Evaluation evaluation = miafr::evaluate_scores(
      std::move(scores),
      {{"arcface", "1.0", sha256, false}, {"facenet", "1.2", sha256, false}, {"adaface", "1.0", sha256, true}},
      settings);
  evaluation.source = "images";
  add_sample_pictures(evaluation, sample, size);
  for (miafr::MatcherResult& matcher : evaluation.matchers)
    for (miafr::MethodResult& method : matcher.methods)
      for (miafr::CellResult& cell : method.cells)
        cell.acquisition = {{method.method.empty() ? 0 : 3, 80}, {0, 20}, {{"no face", 3}}, {}};
  return evaluation;
}

}  // namespace miafr_tests
