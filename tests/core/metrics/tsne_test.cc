// t-SNE against scikit-learn's exact one, from the same start (reference/make_tsne.py).
#include "core/metrics/tsne.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "tests/core/metrics/metrics_test_support.h"

namespace {

using namespace miafr;
using miafr_tests::data_file;
using nlohmann::json;
using Places = std::vector<std::array<double, 2>>;

const json& sets() {
  static const json& all =
      *new json(json::parse(std::ifstream(data_file("tests/core/metrics/reference/tsne.json").string())));
  return all;
}

std::vector<double> squared_distances(const std::vector<std::vector<double>>& points) {
  std::vector<double> distances;
  for (const auto& a : points)
    for (const auto& b : points) {
      double sum = 0;
      for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
      distances.push_back(sum);
    }
  return distances;
}

TsneMap run(const json& set, int iterations = 1000) {
  return tsne(squared_distances(set["points"]), set["start"].get<Places>(), {set["perplexity"], iterations}, [] {});
}

// The share of points whose nearest neighbour has their label.
double agreement(const Places& places, const std::vector<int>& labels) {
  std::size_t agreeing = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    std::size_t nearest = i == 0 ? 1 : 0;
    const auto distance = [&](std::size_t j) {
      return std::hypot(places[i][0] - places[j][0], places[i][1] - places[j][1]);
    };
    for (std::size_t j = 0; j < places.size(); ++j)
      if (j != i && distance(j) < distance(nearest)) nearest = j;
    agreeing += labels[i] == labels[nearest];
  }
  return static_cast<double>(agreeing) / static_cast<double>(places.size());
}

TEST(Tsne, DescendsAsScikitLearnDoes) {
  ASSERT_EQ(sets().size(), 3u);
  for (const json& set : sets()) {
    const double start = set["kl_at_the_start"], after = set["kl_after_20"];
    EXPECT_NEAR(run(set, 0).kl_divergence, start, 1e-4 * start) << set["name"];
    EXPECT_NEAR(run(set, 20).kl_divergence, after, 1e-3 * after) << set["name"];
  }
}

// Where a descent ends depends on the last digit of its start: scikit-learn's range, and 5 %.
TEST(Tsne, EndsWhereScikitLearnDoes) {
  for (const json& set : sets()) {
    const double ours = run(set).kl_divergence;
    EXPECT_GE(ours, 0.95 * set["kl_at_the_end"][0].get<double>()) << set["name"];
    EXPECT_LE(ours, 1.05 * set["kl_at_the_end"][1].get<double>()) << set["name"];
  }
}

TEST(Tsne, PersonsApartStayApart) {
  const json& apart = sets()[0];
  const TsneMap map = run(apart);
  EXPECT_EQ(agreement(map.places, apart["labels"]), 1.0);
  const json& mixed = sets()[1];
  EXPECT_GT(agreement(run(mixed).places, mixed["labels"]), agreement(mixed["start"].get<Places>(), mixed["labels"]));
}

TEST(Tsne, IsTheSameEachTime) { EXPECT_EQ(run(sets()[1]).places, run(sets()[1]).places); }

TEST(Tsne, FewPointsLowerThePerplexityAndEqualOnesStayTogether) {
  const Places start = {{0, 0}, {1, 0}, {0, 1}, {1, 1}, {5, 5}, {5, 6}, {6, 5}};
  std::vector<std::vector<double>> points;
  for (const auto& place : start) points.push_back({place[0], place[1]});
  const TsneMap map = tsne(squared_distances(points), start, {}, [] {});
  EXPECT_EQ(map.perplexity, 2);
  for (const auto& place : map.places) EXPECT_TRUE(std::isfinite(place[0]) && std::isfinite(place[1]));
  const TsneMap equal = tsne(std::vector<double>(25, 0), Places(5, {1, 1}), {}, [] {});
  for (const auto& place : equal.places) EXPECT_EQ(place, (std::array<double, 2>{0, 0}));
  EXPECT_EQ(tsne(std::vector<double>(9, 1), Places(3, {2, 2}), {}, [] {}).places, Places(3, {2, 2}));
}

}  // namespace
