// The random numbers of training, against another implementation of Philox, in Python: a run that was begun with an
// older version goes on with the same numbers.
#include "core/train/training_noise.h"

#include <gtest/gtest.h>
#include <torch/types.h>

namespace miafr {
namespace {

TEST(TrainingNoise, IsThatOfEveryVersion) {
  const TrainingNoise noise(5);
  const ImageRange images{/*step=*/7, /*set=*/1, /*first=*/2, /*count=*/3};
  EXPECT_TRUE(noise.timesteps(images, 1000).equal(at::tensor({960, 131, 294}, at::kLong)));
  const at::Tensor expected = at::tensor({-0.6927272288945381, -0.500396719825527, 1.8645466572544755,
                                          -0.3121468418804484, -1.270398160417213, 0.10387142823051485},
                                         at::kDouble);
  EXPECT_TRUE(noise.noise(images, {6})[0].equal(expected.to(at::kFloat)));
}

// However many numbers are asked for, also where they are not whole blocks of four.
TEST(TrainingNoise, BeginsAlikeForEveryShape) {
  const TrainingNoise noise(5);
  const at::Tensor eleven = noise.posterior({}, {11});
  for (const std::int64_t count : {1, 2, 3, 5, 7})
    EXPECT_TRUE(noise.posterior({}, {count}).equal(eleven.slice(1, 0, count))) << count;
}

}  // namespace
}  // namespace miafr
