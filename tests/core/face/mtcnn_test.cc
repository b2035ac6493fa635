// The detector against facenet-pytorch's, on the portrait and variants of it; and a matcher's whole way, from the
// picture to the embedding.
#include "core/face/mtcnn.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/face/align.h"
#include "core/face/dlib_age_net.h"
#include "core/face/dlib_resnet.h"
#include "core/image/photo.h"
#include "core/models/tensor_file.h"
#include "core/nn/tensor_parameters.h"
#include "tests/support/safetensors.h"

namespace miafr {
namespace {

TensorParameters weights(const std::string& path) { return {read_tensor_file(miafr_tests::data_file(path)), path}; }

const Mtcnn& detector() {
  static const Mtcnn& mtcnn = *[] {
    TensorParameters pnet = weights("external/mtcnn/pnet.pt"), rnet = weights("external/mtcnn/rnet.pt"),
                     onet = weights("external/mtcnn/onet.pt");
    return new Mtcnn(pnet, rnet, onet);
  }();
  return mtcnn;
}

// [3,512,512] uint8.
at::Tensor portrait() {
  return read_photo(miafr_tests::data_file("models/astronaut.png"), 512, 512).permute({2, 0, 1});
}

// As make_mtcnn_reference.py makes them.
std::map<std::string, at::Tensor> variants() {
  const at::Tensor p = portrait();
  const at::Tensor quads = p.to(at::kInt).view({3, 256, 2, 256, 2});
  return {{"portrait", p},
          {"mirrored_beside", at::cat({p, p.flip(2)}, 2)},
          {"half", quads.sum({2, 4}).div(4, "floor").to(at::kByte)},
          {"cut_by_the_border", p.slice(1, 90).slice(2, 200)},
          {"nothing", p.slice(1, 200).slice(2, 300, 420)}};
}

constexpr double kPixels = 0.02, kProbability = 1e-4;

void expect_faces(const std::vector<MtcnnFace>& faces, const nlohmann::json& expected) {
  ASSERT_EQ(faces.size(), expected.size());
  for (std::size_t i = 0; i < faces.size(); ++i) {
    EXPECT_NEAR(faces[i].probability, expected[i]["probability"].get<double>(), kProbability);
    for (int side = 0; side < 4; ++side)
      EXPECT_NEAR(faces[i].box[side], expected[i]["box"][side].get<double>(), kPixels);
    for (int point = 0; point < 5; ++point)
      for (int axis = 0; axis < 2; ++axis)
        EXPECT_NEAR(faces[i].points[point][axis], expected[i]["points"][point][axis].get<double>(), kPixels);
  }
}

TEST(Mtcnn, FindsTheReferencesFaces) {
  const auto expected =
      nlohmann::json::parse(std::ifstream(miafr_tests::data_file("tests/core/face/mtcnn_reference.json")));
  EXPECT_EQ(expected.size(), variants().size());
  for (const auto& [name, image] : variants()) {
    SCOPED_TRACE(name);
    expect_faces(detector().detect(image).front(), expected[name]);
  }
}

TEST(Mtcnn, ABatchIsItsImages) {
  const at::Tensor p = portrait();
  const at::Tensor images = at::stack({p, at::zeros_like(p), p.flip(2)});
  const auto faces = detector().detect(images);
  ASSERT_EQ(faces.size(), 3u);
  for (int i = 0; i < 3; ++i) {
    const auto alone = detector().detect(images[i]);
    ASSERT_EQ(alone.size(), 1u);
    ASSERT_EQ(faces[i].size(), alone[0].size()) << i;
    for (std::size_t k = 0; k < faces[i].size(); ++k)
      for (int side = 0; side < 4; ++side) EXPECT_NEAR(faces[i][k].box[side], alone[0][k].box[side], 1e-3);
  }
  EXPECT_EQ(faces[0].size(), 1u);
  EXPECT_TRUE(faces[1].empty());
}

TEST(Mtcnn, TinyImagesHoldNoFace) {
  for (const int64_t size : {1, 11, 19, 20, 21})
    EXPECT_TRUE(detector().detect(at::full({3, size, 2 * size}, 127, at::kByte)).front().empty()) << size;
}

// From the picture to the embedding: detector, alignment and network together.
TEST(MtcnnFace, GivesTheReferencesEmbedding) {
  constexpr FacePoints kDlib150{{{47.35, 45.35}, {101.98, 45.34}, {74.32, 77.78}, {50.09, 101.97}, {100.12, 101.55}}};
  auto golden = miafr_tests::read_golden("real_faces.safetensors");
  const at::Tensor image = portrait().to(at::kFloat).unsqueeze(0);
  const MtcnnFace face = detector().detect(image).at(0).at(0);
  const at::Tensor points = at::tensor(at::ArrayRef<float>(face.points[0].data(), 10)).view({1, 5, 2}).to(at::kDouble);
  const at::Tensor matrix = similarity_to_template(points, kDlib150);
  EXPECT_LE((matrix[0] - golden["astronaut.similarity150"]).abs().max().item<double>(), 0.05);

  const at::Tensor exact = golden["astronaut.similarity150"].unsqueeze(0);
  const at::Tensor chip = warp_to_chips(image, exact, 150, 150);
  EXPECT_LE((chip - golden["astronaut.chip150"]).abs().max().item<double>(), 0.5);

  TensorParameters weights = miafr::weights("models/dlib_resnet_v1.safetensors");
  const DlibResNet net(Scope(weights, ""));
  const auto embedding = [&](const at::Tensor& pixels) {
    return net.forward((pixels - at::tensor(kDlibMean, at::kFloat).view({1, 3, 1, 1})) / kDlibScale);
  };
  EXPECT_LE((embedding(chip) - golden["astronaut.embedding"]).norm().item<double>(), 1e-3);
  EXPECT_LE((embedding(warp_to_chips(image, matrix, 150, 150)) - golden["astronaut.embedding"]).norm().item<double>(),
            0.01);
}

TEST(MtcnnFace, GivesTheReferencesAge) {
  auto golden = miafr_tests::read_golden("real_faces.safetensors");
  const at::Tensor chip =
      warp_to_chips(portrait().to(at::kFloat).unsqueeze(0), golden["astronaut.similarity64"].unsqueeze(0), 64, 64);
  EXPECT_LE((chip - golden["astronaut.chip64"]).abs().max().item<double>(), 0.5);
  TensorParameters weights = miafr::weights("models/dlib_age_v1.safetensors");
  const at::Tensor probabilities =
      DlibAgeNet(Scope(weights, ""))
          .forward((chip - at::tensor(kDlibMean, at::kFloat).view({1, 3, 1, 1})) / kDlibScale);
  EXPECT_NEAR(DlibAgeNet::expected_age(probabilities).item<double>(),
              DlibAgeNet::expected_age(golden["astronaut.age_probabilities"]).item<double>(), 0.01);
}

}  // namespace
}  // namespace miafr
