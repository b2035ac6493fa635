// Score lists for tests, and the numbers that other libraries found for them.
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "core/metrics/score_table.h"
#include "core/metrics/sorted_scores.h"
#include "tests/support/files.h"

namespace miafr_tests {

inline nlohmann::json reference() {
  return nlohmann::json::parse(std::ifstream(data_file("tests/core/metrics/reference/reference.json")));
}

inline miafr::ScoreKind kind_of(const nlohmann::json& set) {
  return set["kind"] == "distance" ? miafr::ScoreKind::kDistance : miafr::ScoreKind::kSimilarity;
}

// From lists in any order.
inline miafr::SortedScores sorted_scores(miafr::ScoreKind kind, const std::vector<double>& genuine,
                                         const std::vector<double>& impostor) {
  miafr::ScoreTable table(kind);
  const auto add = [&table](const std::vector<double>& scores, bool is_genuine) {
    for (const double score : scores) {
      miafr::ScoredPair pair;
      pair.genuine = is_genuine;
      pair.score = score;
      table.add(pair);
    }
  };
  add(genuine, true);
  add(impostor, false);
  return miafr::sort_scores(table);
}

inline miafr::SortedScores similarities(const std::vector<double>& genuine, const std::vector<double>& impostor) {
  return sorted_scores(miafr::ScoreKind::kSimilarity, genuine, impostor);
}

inline miafr::SortedScores distances(const std::vector<double>& genuine, const std::vector<double>& impostor) {
  return sorted_scores(miafr::ScoreKind::kDistance, genuine, impostor);
}

// The pair's texts are the caller's.
inline miafr::ScoredPair genuine(std::string_view subject, double score) {
  miafr::ScoredPair pair;
  pair.genuine = true;
  pair.score = score;
  pair.subject_probe = pair.subject_reference = subject;
  return pair;
}

inline miafr::ScoredPair impostor(std::string_view probe, std::string_view reference, double score) {
  miafr::ScoredPair pair;
  pair.score = score;
  pair.subject_probe = probe;
  pair.subject_reference = reference;
  return pair;
}

inline miafr::ScoredPair failed(miafr::ScoredPair pair, std::string_view reason) {
  pair.failure = reason;
  return pair;
}

inline std::vector<double> normal_scores(std::mt19937_64& engine, double mean, std::size_t count) {
  std::normal_distribution<double> normal(mean, 1);
  std::vector<double> scores(count);
  for (double& score : scores) score = normal(engine);
  return scores;
}

// The text of the Error that `call` throws; empty where it throws none.
template <class Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

}  // namespace miafr_tests
