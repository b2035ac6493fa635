// What is trained lies in memory as the images do that go through it: contiguous on a CPU, channels-last elsewhere.
#include "core/train/trained_parameters.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "core/models/image_format.h"
#include "tests/support/fake_device.h"

namespace miafr {
namespace {

// Answers with one tensor.
class Source final : public Parameters {
 public:
  explicit Source(at::Tensor tensor) : tensor_(std::move(tensor)) {}
  at::Tensor get(const std::string&, at::IntArrayRef) override { return tensor_; }

 private:
  const at::Tensor tensor_;
};

at::Tensor trained(const at::Tensor& stored) {
  Source source(stored);
  FullParameters parameters(source);
  const at::Tensor own = parameters.get("conv.weight", stored.sizes());
  EXPECT_TRUE(own.requires_grad());
  EXPECT_TRUE(own.is_same(parameters.trained().at(0).second));
  EXPECT_FALSE(own.is_alias_of(stored));
  EXPECT_TRUE(at::equal(own.detach().cpu(), stored.cpu()));
  return own;
}

class ImageFormat : public testing::TestWithParam<at::MemoryFormat> {};

TEST_P(ImageFormat, OfATrainedKernelIsTheDevices) {
  const at::Tensor stored = at::arange(6 * 4 * 3 * 3, at::kFloat).view({6, 4, 3, 3}).contiguous(GetParam());
  EXPECT_TRUE(trained(stored).is_contiguous());
  const at::Tensor there = trained(stored.to(miafr_tests::fake_device()));
  EXPECT_TRUE(there.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_FALSE(there.is_contiguous());
}

TEST_P(ImageFormat, OfImagesIsTheDevices) {
  const at::Tensor images = at::arange(2 * 4 * 3 * 5, at::kFloat).view({2, 4, 3, 5}).contiguous(GetParam());
  EXPECT_TRUE(in_image_format(images).is_contiguous());
  EXPECT_TRUE(in_image_format(images.to(miafr_tests::fake_device())).is_contiguous(at::MemoryFormat::ChannelsLast));
}

INSTANTIATE_TEST_SUITE_P(Stored, ImageFormat,
                         testing::Values(at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast));

TEST(InImageFormat, OfOtherWeightsIsContiguous) {
  const at::Tensor stored = at::arange(12, at::kFloat).view({3, 4}).t();
  EXPECT_TRUE(trained(stored).is_contiguous());
  EXPECT_TRUE(trained(stored.to(miafr_tests::fake_device())).is_contiguous());
}

TEST(InImageFormat, OfWhatFitsIsNoCopy) {
  const at::Tensor images = at::zeros({1, 2, 3, 4});
  EXPECT_TRUE(in_image_format(images).is_same(images));
}

}  // namespace
}  // namespace miafr
