#include "core/runtime/device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/runtime/errors.h"

namespace miafr {
namespace {

TEST(Device, WordsThatAreNoDeviceAreRefused) {
  EXPECT_EQ(choose_device("cpu"), c10::Device(c10::kCPU));
  for (const char* wrong : {"gpu", "cuda:", "cuda:x", "cuda:99999", ""})
    EXPECT_THAT([&] { choose_device(wrong); },
                testing::ThrowsMessage<UsageError>(std::string("--device ") + wrong +
                                                   ": allowed are auto, cpu, cuda and cuda:N"));
  EXPECT_THAT([] { device_of_gpus("all"); },
              testing::ThrowsMessage<UsageError>("--gpus all: give GPU numbers as in '0,'"));
  EXPECT_THAT([] { device_of_gpus("0,1", 2, 4); },
              testing::ThrowsMessage<UsageError>(
                  "--gpus 0,1: names 2, but this is process 3 of this machine; give one for each"));
}

// The same test on a machine with a GPU and on one without.
TEST(Device, CudaIsTakenExactlyWhenNothingStandsInTheWay) {
  const std::string obstacle = cuda_obstacle();
  const c10::Device expected = obstacle.empty() ? c10::Device(c10::kCUDA, 0) : c10::Device(c10::kCPU);
  EXPECT_EQ(choose_device("auto"), expected);
  EXPECT_EQ(device_of_gpus("0,"), expected);
  if (obstacle.empty()) {
    EXPECT_EQ(choose_device("cuda"), expected);
  } else {
    EXPECT_THAT([] { choose_device("cuda"); },
                testing::ThrowsMessage<Error>("--device cuda: " + obstacle + "; use --device cpu"));
  }
}

}  // namespace
}  // namespace miafr
