#include "core/runtime/device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"

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
}

TEST(Device, EachLocalRankTakesItsOwnOfTheList) {
  EXPECT_EQ(gpu_of_rank("2,3", 0, 2, 4), 2);
  EXPECT_EQ(gpu_of_rank("2,3", 1, 2, 4), 3);
  EXPECT_EQ(gpu_of_rank("2,3", 1, 2, 0), 3);  // none to be seen: the list is checked all the same
  EXPECT_EQ(gpu_of_rank("1,", 0, 1, 2), 1);
  EXPECT_EQ(gpu_of_rank("1,", 0, 1, 1), 1);  // one process: what is asked for, which is then not there
  for (const int visible : {0, 2, 4})
    EXPECT_THAT([&] { gpu_of_rank("0,1", 2, 4, visible); },
                testing::ThrowsMessage<UsageError>(
                    "--gpus 0,1: names 2, but this is process 3 of this machine; give one for each"));
}

// As srun --gpus-per-task=1 shows them.
TEST(Device, AProcessThatSeesOneGpuTakesIt) {
  for (const char* list : {"0,1", "0,", "2,3"})
    for (const int local_rank : {0, 1, 3}) EXPECT_EQ(gpu_of_rank(list, local_rank, 4, 1), 0) << list;
  EXPECT_THROW(gpu_of_rank("all", 1, 4, 1), UsageError);
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
