#include "core/base/progress.h"

#include <gtest/gtest.h>

#include <sstream>

namespace miafr {
namespace {

class ProgressTest : public testing::Test {
 protected:
  Progress::Clock clock() {
    return [this] { return now_; };
  }
  void advance(double seconds) { now_ += std::chrono::milliseconds(static_cast<int>(seconds * 1000)); }

  std::ostringstream out_;
  std::chrono::steady_clock::time_point now_;
};

TEST_F(ProgressTest, PlainLinesComeEveryFewSecondsAndAtTheEnd) {
  {
    Progress progress("training", "step", 100, out_, /*terminal=*/false, clock());
    for (int step = 1; step <= 100; ++step) {
      advance(0.1);
      progress.update(step, step == 100 ? "loss 0.1" : "");
    }
  }
  EXPECT_EQ(out_.str(), "training 50/100 10.0 step/s, 5 s left\ntraining 100/100 10.0 step/s, took 10 s, loss 0.1\n");
}

TEST_F(ProgressTest, ATerminalGetsOneBarThatIsRedrawn) {
  {
    Progress progress("sampling", "step", 4, out_, /*terminal=*/true, clock());
    progress.update(0);
    advance(0.05);
    progress.update(1);  // too soon after the last to be drawn
    advance(3.95);
    progress.update(2);
    advance(4);
    progress.update(4);
  }
  EXPECT_EQ(out_.str(),
            "\r\033[Ksampling [........................] 0/4"
            "\r\033[Ksampling [############............] 2/4 2.0 s/step, 4 s left"
            "\r\033[Ksampling [########################] 4/4 2.0 s/step, took 8 s\n");
}

TEST_F(ProgressTest, WhatWasDoneBeforeSaysNothingOfTheRate) {
  Progress progress("train", "step", 1000, out_, /*terminal=*/false, clock());
  progress.go_on_from(900);
  advance(20);
  progress.update(910);
  advance(180);
  progress.update(1000);
  EXPECT_EQ(out_.str(), "train 910/1000 2.0 s/step, 3 min 00 s left\ntrain 1000/1000 2.0 s/step, took 3 min 20 s\n");
}

TEST(DurationText, CoversSecondsToHours) {
  EXPECT_EQ(duration_text(0.4), "0 s");
  EXPECT_EQ(duration_text(59.4), "59 s");
  EXPECT_EQ(duration_text(200), "3 min 20 s");
  EXPECT_EQ(duration_text(3900), "1 h 05 min");
}

}  // namespace
}  // namespace miafr
