// Maps of embeddings: which faces, and where.
#include "core/evaluation/face_embedding_map.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

namespace miafr {
namespace {

TEST(EvenSample, AsManyOfEachPerson) {
  std::vector<std::string> subjects(50, "anna");
  subjects.insert(subjects.end(), 3, "otto");
  subjects.insert(subjects.end(), 20, "zoe");
  std::map<std::string, int> counts;
  for (const std::size_t i : even_sample(subjects, 20)) ++counts[subjects[i]];
  EXPECT_EQ(counts, (std::map<std::string, int>{{"anna", 8}, {"otto", 3}, {"zoe", 8}}));  // 9 of each are 21
  EXPECT_EQ(even_sample(subjects, 2).size(), 2u);
  EXPECT_EQ(even_sample(subjects, 1000).size(), subjects.size());
  EXPECT_EQ(even_sample(std::vector<std::string>(10, "anna"), 5), (std::vector<std::size_t>{0, 2, 4, 6, 8}));
}

// Three persons far apart, ten faces each, two without an embedding.
std::vector<EvaluatedImage> three_persons() {
  std::mt19937 engine(5);
  std::normal_distribution<float> normal;
  std::vector<EvaluatedImage> images;
  for (int person = 0; person < 3; ++person)
    for (int i = 0; i < 10; ++i) {
      EvaluatedImage image;
      image.sample.subject = std::string(1, static_cast<char>('a' + person));
      std::vector<float> row(16);
      for (float& value : row) value = 0.1F * normal(engine);
      row[static_cast<std::size_t>(person)] += 1;
      image.face.embeddings = {row};
      images.push_back(image);
    }
  images[3].face.embeddings = {{}};
  images[17].face.embeddings = {{}};
  return images;
}

TEST(EmbeddingMaps, PersonsStayApartInBoth) {
  int calls = 0;
  const std::vector<EmbeddingMap> maps = embedding_maps(three_persons(), 0, "net", [&] { ++calls; });
  ASSERT_EQ(maps.size(), 2u);
  EXPECT_EQ(maps[0].technique, "PCA");
  EXPECT_EQ(maps[1].technique, "t-SNE");
  EXPECT_GT(calls, 100);
  for (const EmbeddingMap& map : maps) {
    ASSERT_EQ(map.points.size(), 28u);
    EXPECT_EQ(map.faces, 28);
    for (const EmbeddingPoint& point : map.points) {
      const EmbeddingPoint* nearest = nullptr;
      const auto distance = [&](const EmbeddingPoint& other) {
        return std::hypot(point.x - other.x, point.y - other.y);
      };
      for (const EmbeddingPoint& other : map.points)
        if (&other != &point && (!nearest || distance(other) < distance(*nearest))) nearest = &other;
      EXPECT_EQ(nearest->subject, point.subject) << map.technique;
    }
  }
  const std::vector<EmbeddingMap> again = embedding_maps(three_persons(), 0, "net", [] {});
  for (std::size_t i = 0; i < maps[1].points.size(); ++i) EXPECT_EQ(again[1].points[i].x, maps[1].points[i].x);
}

TEST(EmbeddingMaps, FewFacesHaveNoNeighbours) {
  std::vector<EvaluatedImage> images = three_persons();
  images.resize(8);
  EXPECT_EQ(embedding_maps(images, 0, "net", [] {}).size(), 1u);
  images.resize(2);
  EXPECT_TRUE(embedding_maps(images, 0, "net", [] {}).empty());
}

}  // namespace
}  // namespace miafr
