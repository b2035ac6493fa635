// Which kernels are let in, with kernels that are wrong, slow or fail, and a clock that they set.
#include "core/cuda/kernel_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <limits>
#include <stdexcept>
#include <utility>

namespace miafr {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Guard : public testing::Test {
 protected:
  using Run = std::function<KernelGuard::Results()>;

  // Something that gives these numbers and takes so many seconds.
  Run gives(const at::Tensor& numbers, double seconds = 1) {
    return [=] {
      ++calls_;
      seconds_ += seconds;
      return KernelGuard::Results{numbers};
    };
  }
  static KernelGuard::Trial trial(Run kernel, Run aten, double tolerance = 1e-3) {
    return {std::move(kernel), std::move(aten), [] {}, tolerance};
  }

  double seconds_ = 0;
  int calls_ = 0;
  std::vector<std::string> warnings_;
  KernelGuard guard_{[this] { return seconds_; }, [this](const std::string& line) { warnings_.push_back(line); }};
  const at::Tensor right_ = at::tensor({1.0, -4.0, 2.0});
};

TEST_F(Guard, RightAndFastIsAdmittedAfterOneTrial) {
  const auto good = trial(gives(right_, 1), gives(right_, 2));
  EXPECT_TRUE(guard_.admits("norm", {64, 64}, good));
  const int calls = calls_;
  EXPECT_GT(calls, 0);
  EXPECT_TRUE(guard_.admits("norm", {64, 64}, good));
  EXPECT_EQ(calls_, calls);
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(Guard, EveryKindOfCallIsTried) {
  const auto good = trial(gives(right_), gives(right_));
  EXPECT_TRUE(guard_.admits("norm", {64, 64}, good));
  const int calls = calls_;
  EXPECT_TRUE(guard_.admits("norm", {32, 64}, good));
  EXPECT_EQ(calls_, 2 * calls);
}

TEST_F(Guard, DifferencesWithinTheToleranceAreRounding) {
  const at::Tensor near = right_ + at::tensor({0.0, 0.0, 0.9e-3 * 4});
  EXPECT_TRUE(guard_.admits("norm", {1}, trial(gives(near), gives(right_))));
}

TEST_F(Guard, WrongIsLeftOutForGood) {
  const at::Tensor wrong = right_ + at::tensor({0.0, 0.0, 2e-3 * 4});
  EXPECT_FALSE(guard_.admits("norm", {1}, trial(gives(wrong), gives(right_))));
  EXPECT_FALSE(guard_.admits("norm", {2}, trial(gives(right_), gives(right_))));
  EXPECT_TRUE(guard_.admits("guidance", {1}, trial(gives(right_), gives(right_))));
  EXPECT_THAT(warnings_, ElementsAre("kernel norm: differs from ATen by 0.002 of the largest value (allowed 0.001); "
                                     "it is left out"));
}

TEST_F(Guard, NotANumberIsWrong) {
  const at::Tensor hole = at::tensor({1.0, std::numeric_limits<double>::quiet_NaN(), 2.0});
  EXPECT_FALSE(guard_.admits("norm", {1}, trial(gives(hole), gives(right_))));
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("differs from ATen by nan")));
}

TEST_F(Guard, AnotherShapeDtypeOrNumberOfResultsIsWrong) {
  EXPECT_FALSE(guard_.admits("shape", {1}, trial(gives(right_.unsqueeze(0)), gives(right_))));
  EXPECT_FALSE(guard_.admits("dtype", {1}, trial(gives(right_.to(at::kFloat)), gives(right_))));
  EXPECT_FALSE(guard_.admits("number", {1}, trial([] { return KernelGuard::Results(); }, gives(right_))));
  EXPECT_EQ(warnings_.size(), 3u);
}

TEST_F(Guard, AllResultsCount) {
  const Run second_wrong = [&] { return KernelGuard::Results{right_, right_ + 1}; };
  EXPECT_FALSE(guard_.admits("step", {1}, trial(second_wrong, [&] { return KernelGuard::Results{right_, right_}; })));
}

TEST_F(Guard, FailingIsLeftOutForGood) {
  const Run fails = [] {
    return throw std::runtime_error("no kernel image is available\nand a backtrace"), KernelGuard::Results();
  };
  EXPECT_FALSE(guard_.admits("norm", {1}, trial(fails, gives(right_))));
  EXPECT_FALSE(guard_.admits("norm", {2}, trial(gives(right_), gives(right_))));
  EXPECT_THAT(warnings_, ElementsAre("kernel norm: no kernel image is available; it is left out"));
}

// CUDA reports what went wrong in a kernel when it is waited for.
TEST_F(Guard, FailingLaterIsFailing) {
  auto late = trial(gives(right_), gives(right_));
  late.wait = [] { throw std::runtime_error("an illegal memory access was encountered"); };
  EXPECT_FALSE(guard_.admits("norm", {1}, late));
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("illegal memory access")));
}

TEST_F(Guard, SlowerIsLeftOutForThatKind) {
  EXPECT_FALSE(guard_.admits("norm", {1}, trial(gives(right_, 3e-6), gives(right_, 2e-6))));
  EXPECT_FALSE(guard_.admits("norm", {1}, trial(gives(right_, 1e-6), gives(right_, 2e-6))));
  EXPECT_TRUE(guard_.admits("norm", {2}, trial(gives(right_, 2e-6), gives(right_, 2e-6))));
  EXPECT_THAT(warnings_, ElementsAre("kernel norm: takes 3 us and ATen 2 us for tensors of this size; it is left out "
                                     "for them"));
}

// A round that something else disturbs does not decide.
TEST_F(Guard, TheBestRoundCounts) {
  int calls = 0;
  const Run disturbed = [&] {
    seconds_ += ++calls < 8 ? 100 : 1;
    return KernelGuard::Results{right_};
  };
  EXPECT_TRUE(guard_.admits("norm", {1}, trial(disturbed, gives(right_, 2))));
}

// What is started is not done: the clock is read after the wait.
TEST_F(Guard, TheTimeOfTheDeviceCounts) {
  double started = 0;
  const auto starts = [&](double seconds) -> Run {
    return [&, seconds] {
      started += seconds;
      return KernelGuard::Results{right_};
    };
  };
  auto queued = trial(starts(3), starts(2));
  queued.wait = [&] { seconds_ += std::exchange(started, 0); };
  EXPECT_FALSE(guard_.admits("norm", {1}, queued));
}

}  // namespace
}  // namespace miafr
