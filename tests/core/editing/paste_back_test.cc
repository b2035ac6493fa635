#include "core/editing/paste_back.h"

#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "core/editing/pixels.h"
#include "tests/support/fake_device.h"

namespace miafr {
namespace {

at::Tensor matrix(std::vector<double> values) { return at::tensor(values, at::kDouble).view({2, 3}); }

// A ramp over the whole photo, which bilinear sampling reproduces exactly.
at::Tensor ramp(int64_t height, int64_t width) {
  const at::Tensor y = at::arange(height, at::kFloat).view({1, -1, 1}),
                   x = at::arange(width, at::kFloat).view({1, 1, -1});
  return (0.2 + 0.002 * x + 0.004 * y).expand({3, height, width}).contiguous();
}

TEST(PasteBack, ACropThatWasNotChangedChangesNothing) {
  const at::Tensor photo = ramp(60, 80);
  // Turned by 90 degrees and halved: u = (y - 10) / 2, v = (70 - x) / 2.
  const at::Tensor turned = matrix({0, 0.5, -5, -0.5, 0, 35});
  const at::Tensor v = at::arange(20, at::kFloat).view({1, -1, 1}), u = at::arange(20, at::kFloat).view({1, 1, -1});
  const at::Tensor crop = (0.2 + 0.002 * (70 - 2 * v) + 0.004 * (10 + 2 * u)).expand({3, 20, 20});
  EXPECT_LT((paste_back(photo, crop, turned) - photo).abs().max().item<double>(), 2e-6);
}

TEST(PasteBack, TheMiddleIsTheCropTheOutsideThePhoto) {
  const at::Tensor photo = ramp(60, 80), white = at::ones({3, 32, 32});
  const at::Tensor pasted = paste_back(photo, white, matrix({1, 0, -20, 0, 1, -10}));
  EXPECT_TRUE(at::equal(pasted.slice(1, 15, 37).slice(2, 25, 47), at::ones({3, 22, 22})));
  at::Tensor outside = at::ones({60, 80}, at::kBool);
  outside.slice(0, 11, 41).slice(1, 21, 51).fill_(false);  // the border itself has no share
  EXPECT_TRUE(at::equal(pasted.index({at::indexing::Slice(), outside}), photo.index({at::indexing::Slice(), outside})));
  // Between the two it rises.
  const at::Tensor edge = pasted[0][26].slice(0, 20, 26) - photo[0][26].slice(0, 20, 26);
  for (int i = 0; i < 4; ++i) EXPECT_LT(edge[i].item<float>(), edge[i + 1].item<float>());
}

TEST(PasteBack, AMatrixWithoutAnInverseIsRefused) {
  EXPECT_THROW(paste_back(ramp(8, 8), ramp(4, 4), matrix({1, 1, 0, 1, 1, 0})), Error);
  EXPECT_THROW(paste_back(ramp(8, 8), ramp(4, 4), matrix({NAN, 1, 0, 1, 1, 0})), Error);
}

TEST(PasteBack, IsTheSameOnADevice) {
  const at::Device device = miafr_tests::fake_device();
  const at::Tensor photo = ramp(60, 80), crop = ramp(32, 32), place = matrix({0.9, 0.2, -20, -0.2, 0.9, -10});
  const at::Tensor there = paste_back(photo.to(device), crop.to(device), place);
  EXPECT_EQ(there.device(), device);
  EXPECT_LT((there.cpu() - paste_back(photo, crop, place)).abs().max().item<double>(), 1e-6);
  EXPECT_TRUE(at::equal(to_bytes(there), to_bytes(there.cpu())));
}

TEST(Pixels, BytesComeBackAsTheyWere) {
  const at::Tensor bytes = at::arange(256, at::kInt).to(at::kByte).view({16, 16, 1}).expand({16, 16, 3}).contiguous();
  EXPECT_TRUE(at::equal(to_bytes(to_unit(bytes)), bytes));
}

}  // namespace
}  // namespace miafr
