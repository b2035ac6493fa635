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

// The first values of a layer follow from its name and the seed; by another implementation of Philox, in Python.
TEST(Lora, BeginsWithTheNumbersOfEveryVersion) {
  Source source(at::zeros({5, 3}));
  LoraTrainedParameters parameters(source, {/*rank=*/2, /*alpha=*/2, /*attention_only=*/true, /*seed=*/7});
  const auto low_rank = parameters.low_rank("unet.attn1.to_q.weight", {5, 3});
  ASSERT_TRUE(low_rank);
  const at::Tensor expected = at::tensor({-0.46162283420562744, -0.32552504539489746, 0.32352346181869507,
                                          0.20929129421710968, -0.029940105974674225, 0.033391233533620834},
                                         at::kDouble);
  EXPECT_TRUE(low_rank->down.detach().equal(expected.to(at::kFloat).view({2, 3})));
  EXPECT_TRUE(low_rank->up.detach().equal(at::zeros({5, 2})));
}

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
