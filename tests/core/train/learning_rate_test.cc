#include "core/train/learning_rate.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "core/base/errors.h"
#include "tests/support/safetensors.h"

namespace miafr {
namespace {

TEST(LearningRate, EqualsDiffusers) {
  int compared = 0;
  for (const auto& [key, factors] :
       miafr_tests::read_safetensors(miafr_tests::data_file("tests/core/train/reference/reference.safetensors"))) {
    if (key.rfind("learning_rate.", 0) != 0) continue;
    std::string prefix, name, warmup, total;  // learning_rate.NAME.WARMUP.TOTAL
    std::istringstream parts(key);
    for (std::string* part : {&prefix, &name, &warmup, &total}) std::getline(parts, *part, '.');
    for (std::int64_t step = 0; step < factors.numel(); ++step, ++compared) {
      // Its cosine rises again beyond the last step (and is 1 at the end of a run that is all warm-up).
      if (name == "cosine" && step >= std::stoi(total)) continue;
      EXPECT_NEAR(learning_rate_factor(learning_rate_schedule(name), step, std::stoi(warmup), std::stoi(total)),
                  factors[step].item<double>(), 1e-12)
          << key << " step " << step;
    }
  }
  EXPECT_EQ(compared, 4 * (45 + 45 + 8 + 45));
}

TEST(LearningRate, StaysAtZeroBeyondTheEnd) {
  EXPECT_EQ(learning_rate_factor(LearningRateSchedule::kLinear, 50, 0, 40), 0);
  EXPECT_EQ(learning_rate_factor(LearningRateSchedule::kCosine, 50, 0, 40), 0);
}

TEST(LearningRate, RefusesAnUnknownName) {
  try {
    learning_rate_schedule("polynomial");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "learning rate schedule 'polynomial' is unknown, allowed are constant, constant_with_warmup, linear, "
                 "cosine");
  }
}

}  // namespace
}  // namespace miafr
