#include "core/plugin/noise_schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/safetensors.h"

namespace miafr {
namespace {

TEST(NoiseSchedule, EqualsTheReferenceInFloat32) {
  const at::Tensor golden = miafr_tests::read_golden("samplers.safetensors").at("alphas_cumprod");
  const NoiseSchedule schedule;
  for (int t = 0; t < 1000; ++t)
    ASSERT_EQ(static_cast<float>(schedule.alphas_cumprod()[t]), golden[t].item<float>()) << t;
}

TEST(NoiseSchedule, SigmaAndTimeAreInverse) {
  const NoiseSchedule schedule;
  for (double t : {0.0, 1.0, 500.0, 999.0}) {
    EXPECT_NEAR(schedule.timestep_of(schedule.sigma(t)), t, 1e-9);
    EXPECT_NEAR(schedule.alpha_cumprod(t), schedule.alphas_cumprod()[static_cast<int>(t)], 1e-12);
  }
  EXPECT_NEAR(schedule.sigma(10.5), (schedule.sigma(10) + schedule.sigma(11)) / 2, 1e-12);
  EXPECT_EQ(schedule.timestep_of(1000), 999);
  EXPECT_EQ(schedule.timestep_of(1e-6), 0);
}

TEST(NoiseSchedule, Spacings) {
  const NoiseSchedule schedule;
  EXPECT_THAT(schedule.linspace_timesteps(5), testing::ElementsAre(999, 749.25, 499.5, 249.75, 0));
  EXPECT_THAT(schedule.linspace_timesteps(1), testing::ElementsAre(999));
  EXPECT_THAT(schedule.leading_timesteps(4), testing::ElementsAre(750, 500, 250, 0));
  EXPECT_THAT(schedule.latent_diffusion_timesteps(7), testing::ElementsAre(995, 853, 711, 569, 427, 285, 143, 1));
  EXPECT_EQ(schedule.latent_diffusion_timesteps(1000).front(), 999);  // plus 1 would leave the schedule
  EXPECT_EQ(schedule.latent_diffusion_timesteps(333).front(), 999);
  EXPECT_NEAR(schedule.karras_sigmas(3).front(), schedule.sigma(999), 1e-9);
  EXPECT_NEAR(schedule.karras_sigmas(3).back(), schedule.sigma(0), 1e-9);
}

TEST(NoiseSchedule, RefusesWhatItDoesNotHave) {
  const NoiseSchedule schedule;
  EXPECT_THAT([&] { schedule.linspace_timesteps(2000); },
              testing::ThrowsMessage<std::invalid_argument>("steps = 2000, allowed 1..1000"));
  EXPECT_THAT([&] { schedule.latent_diffusion_timesteps(0); },
              testing::ThrowsMessage<std::invalid_argument>("steps = 0, allowed 1..1000"));
  EXPECT_THROW(schedule.sigma(999.5), std::out_of_range);
  EXPECT_THROW(schedule.sigma(std::nan("")), std::out_of_range);
  EXPECT_THAT(
      [] {
        NoiseSchedule({1, 0.1, 0.2});
      },
      testing::ThrowsMessage<std::invalid_argument>("noise schedule: timesteps = 1, at least 2 needed"));
}

}  // namespace
}  // namespace miafr
