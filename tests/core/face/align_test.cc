#include "core/face/align.h"

#include <gtest/gtest.h>

#include "core/face/aligned_faces.h"

namespace miafr {
namespace {

// The public-domain portrait of scikit-image (astronaut.png): MTCNN's points, and the similarity to the 150 px chip of
// dlib's ResNet as a Python reference solves it.
TEST(SimilarityToTemplate, AgreesWithTheReference) {
  constexpr FacePoints kDlib150{{{47.35, 45.35}, {101.98, 45.34}, {74.32, 77.78}, {50.09, 101.97}, {100.12, 101.55}}};
  const at::Tensor points =
      at::tensor({205.0109100341797, 101.72745513916016, 246.7625732421875, 103.71408081054688, 224.67137145996094,
                  128.96499633789062, 201.7161102294922, 139.24615478515625, 245.26548767089844, 141.8570098876953},
                 at::kDouble)
          .view({1, 5, 2});
  const at::Tensor expected = at::tensor({1.3274007094675895, 0.08395664841844515, -233.81064029809795,
                                          -0.08395664841844515, 1.3274007094675895, -70.14377774429587},
                                         at::kDouble)
                                  .view({1, 2, 3});
  EXPECT_LE((similarity_to_template(points, kDlib150) - expected).abs().max().item<double>(), 1e-9);
}

TEST(SimilarityToTemplate, FindsAnExactSimilarityOfEachImage) {
  constexpr FacePoints kTemplate{{{10, 10}, {30, 10}, {20, 20}, {12, 30}, {28, 30}}};
  const at::Tensor target = at::tensor({10., 10., 30., 10., 20., 20., 12., 30., 28., 30.}, at::kDouble).view({5, 2});
  std::vector<at::Tensor> points, matrices;
  for (const auto& [angle, scale, dx, dy] :
       {std::array<double, 4>{0.3, 2.0, 5, -7}, {-1.2, 0.5, 100, 40}, {3.0, 1.0, 0, 0}}) {
    const at::Tensor linear =
        scale *
        at::tensor({std::cos(angle), -std::sin(angle), std::sin(angle), std::cos(angle)}, at::kDouble).view({2, 2});
    const at::Tensor shift = at::tensor({dx, dy}, at::kDouble).view({2, 1});
    points.push_back(at::matmul(linear.inverse(), target.t() - shift).t());
    matrices.push_back(at::cat({linear, shift}, 1));
  }
  EXPECT_LE((similarity_to_template(at::stack(points), kTemplate) - at::stack(matrices)).abs().max().item<double>(),
            1e-9);
}

// Bilinear interpolation is exact on a ramp, so a chip pixel shows the very place in the image that it came from.
TEST(WarpToChips, ChipPixelsComeFromWhereTheMatrixSays) {
  const at::Tensor x = at::arange(40, at::kDouble).view({1, 40}).expand({30, 40}),
                   y = at::arange(30, at::kDouble).view({30, 1}).expand({30, 40});
  const at::Tensor image = at::stack({x, y}).unsqueeze(0);  // [1, 2, 30, 40]
  const at::Tensor matrix =
      at::tensor({0.8, -0.6, 3.0, 0.6, 0.8, -9.0}, at::kDouble).view({1, 2, 3});  // turned by 36.87 degrees
  const at::Tensor chip = warp_to_chips(image, matrix, 8, 12);                    // [1, 2, 8, 12]
  for (int row : {0, 3, 7})
    for (int column : {0, 5, 11}) {
      const double dx = column - 3.0, dy = row + 9.0;
      EXPECT_NEAR(chip[0][0][row][column].item<double>(), std::clamp(0.8 * dx + 0.6 * dy, 0.0, 39.0), 1e-9);
      EXPECT_NEAR(chip[0][1][row][column].item<double>(), std::clamp(-0.6 * dx + 0.8 * dy, 0.0, 29.0), 1e-9);
    }
}

TEST(WarpToChips, GradientAgreesWithFiniteDifferences) {
  at::manual_seed(2);
  const at::Tensor image = at::randn({1, 1, 9, 9}, at::kDouble), weight = at::randn({1, 1, 5, 5}, at::kDouble);
  const at::Tensor matrix = at::tensor({0.6, 0.2, 0.1, -0.2, 0.6, 0.4}, at::kDouble).view({1, 2, 3});
  const auto value = [&](const at::Tensor& pixels) { return (weight * warp_to_chips(pixels, matrix, 5, 5)).sum(); };
  const at::Tensor leaf = image.clone().requires_grad_(true);
  value(leaf).backward();
  for (int i = 0; i < 5; ++i) {
    const at::Tensor direction = at::randn_like(image);
    const double measured = ((value(image + 1e-5 * direction) - value(image - 1e-5 * direction)) / 2e-5).item<double>();
    EXPECT_NEAR((leaf.grad() * direction).sum().item<double>(), measured, 1e-7);
  }
}

FaceInput small_input() {
  FaceInput input;
  input.input_width = input.input_height = 20;
  input.template_points = {{{6, 6}, {14, 6}, {10, 10}, {7, 14}, {13, 14}}};
  input.mean = {0, 0, 0};
  input.scale = {1, 1, 1};
  return input;
}

// The template's points, `times` as large, from (left, top) on.
at::Tensor points_of(const FaceInput& input, double times, double left, double top) {
  const at::Tensor points = at::tensor(at::ArrayRef<double>(input.template_points[0].data(), 10), at::kDouble);
  return points.view({1, 5, 2}) * times + at::tensor({left, top}, at::kDouble);
}

TEST(AlignedFaces, UpToTwiceTheChipAreSampledAsTheyAre) {
  at::manual_seed(3);
  const FaceInput input = small_input();
  const at::Tensor pictures = at::rand({2, 3, 60, 60}) * 255;
  const at::Tensor points = at::cat({points_of(input, 1.9, 5, 7), points_of(input, 0.7, 20, 30)}).to(at::kFloat);
  const at::Tensor matrices = similarity_to_template(points, input.template_points);
  EXPECT_TRUE(
      at::equal(aligned_faces(pictures, points, input), to_input(warp_to_chips(pictures, matrices, 20, 20), input)));
}

// Every other pixel is black: seen from far away it is grey. Sampled as it is, a chip would have nearly every value.
TEST(AlignedFaces, OfLargeFacesDoNotAlias) {
  const FaceInput input = small_input();
  const at::Tensor odd = (at::arange(200).view({1, 200}) + at::arange(200).view({200, 1})).remainder(2);
  const at::Tensor picture = (odd.to(at::kFloat) * 255).expand({1, 3, 200, 200});
  const at::Tensor points = points_of(input, 8.3, 11, 13).to(at::kFloat);
  const at::Tensor chip = aligned_faces(picture, points, input);
  EXPECT_LE((chip - 127.5).abs().max().item<double>(), 1e-3);
  const at::Tensor sampled = warped_faces(picture, similarity_to_template(points, input.template_points), input);
  EXPECT_GT((sampled - 127.5).abs().max().item<double>(), 50);
}

// In a batch each face is what it is alone, and lies where it is: on a ramp averages are the middle's value.
TEST(AlignedFaces, OfAllSizesShowThePlacesThatTheTemplateSays) {
  const FaceInput input = small_input();
  const at::Tensor x = at::arange(240, at::kFloat).view({1, 240}).expand({240, 240});
  const at::Tensor picture = at::stack({x, x.t(), x}).unsqueeze(0);
  const at::Tensor points = at::cat({points_of(input, 9.0, 30, 25), points_of(input, 1.5, 40, 10)});
  const at::Tensor chips = aligned_faces(picture.expand({2, 3, 240, 240}), points.to(at::kFloat), input);
  for (int i = 0; i < 2; ++i) {
    const double times = i == 0 ? 9 : 1.5, left = i == 0 ? 30 : 40, top = i == 0 ? 25 : 10;
    for (const int at : {3, 10, 17}) {
      EXPECT_NEAR(chips[i][0][5][at].item<double>(), times * at + left, 1e-3);
      EXPECT_NEAR(chips[i][1][at][5].item<double>(), times * at + top, 1e-3);
    }
    EXPECT_TRUE(at::equal(chips[i], aligned_faces(picture, points.slice(0, i, i + 1).to(at::kFloat), input)[0]));
  }
}

// A loss trains through it: most pixels of a large face have their part in the gradient, as finite differences have it.
// Sampled as it is, four of 5.1 x 5.1 would.
TEST(AlignedFaces, AGradientReachesMostOfALargeFace) {
  at::manual_seed(4);
  const FaceInput input = small_input();
  const at::Tensor picture = (at::rand({1, 3, 120, 120}, at::kDouble) * 255).set_requires_grad(true);
  const at::Tensor points = points_of(input, 5.1, 4, 6), weight = at::randn({1, 3, 20, 20}, at::kDouble);
  const auto loss = [&](const at::Tensor& of) { return (aligned_faces(of, points, input).pow(2) * weight).sum(); };
  loss(picture).backward();
  const at::Tensor inside = picture.grad().slice(2, 20, 90).slice(3, 20, 90);
  EXPECT_GT((inside != 0).to(at::kDouble).mean().item<double>(), 0.5);
  const at::NoGradGuard no_grad;
  const at::Tensor direction = at::randn_like(picture);
  const double step = 1e-4;
  const double slope =
      ((loss(picture + step * direction) - loss(picture - step * direction)) / (2 * step)).item<double>();
  EXPECT_NEAR(slope, (picture.grad() * direction).sum().item<double>(), 1e-6 * std::abs(slope));
}

}  // namespace
}  // namespace miafr
