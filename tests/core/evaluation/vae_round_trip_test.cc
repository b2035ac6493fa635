// References through the autoencoder, against diffusers' pixels (reference/make_round_trip.py).
#include "core/evaluation/vae_round_trip.h"

#include <gtest/gtest.h>

#include <fstream>

#include "core/config/load_config.h"
#include "core/image/photo.h"
#include "core/image/png.h"
#include "core/image/read_image.h"
#include "core/evaluation/evaluation.h"
#include "tests/support/fake_device.h"
#include "tests/support/tiny_sd.h"

namespace miafr_tests {
namespace {

using namespace miafr;

const FaceProgress kQuiet = [](std::int64_t, std::int64_t) {};

class VaeRoundTrip : public testing::Test {
 protected:
  VaeRoundTrip() : folder_(temporary_folder()) {
    fake_device();
    load(at::kCPU);
  }
  void load(at::Device device) {
    static const fs::path& checkpoint = *new fs::path(temporary_folder() / "tiny.safetensors");
    if (!fs::exists(checkpoint)) write_half_safetensors(checkpoint, tiny_sd_tensors());
    model_.emplace(checkpoint, load_config(data_file("tests/goldens/tiny-sd.yaml").string()).config.model,
                   CheckpointParameters::Options{device});
  }
  // A part of the portrait.
  Sample photo(const std::string& name, int top, int left, int height, int width) const {
    const at::Tensor whole = to_tensor(read_image(data_file("models/astronaut.png")));
    const at::Tensor part = whole.narrow(0, top, height).narrow(1, left, width).contiguous();
    write_png(folder_ / name, part);
    return {folder_ / name, name, "anna", "", ""};
  }
  std::vector<Sample> run(const std::vector<Sample>& references) {
    return vae_round_trip(references, *model_, {at::kCPU, "key", folder_ / "made"}, kQuiet);
  }
  static at::Tensor pixels(const fs::path& file) { return to_tensor(read_image(file)); }

  const fs::path folder_;
  std::optional<StableDiffusion> model_;
};

TEST_F(VaeRoundTrip, AgreesWithDiffusers) {
  const std::vector<Sample> made = run({photo("a.png", 60, 180, 70, 82)});
  ASSERT_EQ(made.size(), 1u);
  EXPECT_EQ(made[0].name, "vae_round_trip/a.png");
  EXPECT_EQ(made[0].subject, "anna");
  EXPECT_EQ(made[0].method, kVaeRoundTrip);
  EXPECT_EQ(made[0].original, folder_ / "a.png");
  const at::Tensor ours = pixels(made[0].file),
                   theirs = pixels(data_file("tests/core/evaluation/reference/round_trip.png"));
  ASSERT_EQ(ours.sizes(), theirs.sizes());
  EXPECT_LE((ours.to(at::kInt) - theirs.to(at::kInt)).abs().max().item<int>(), 1);
}

TEST_F(VaeRoundTrip, AnotherDeviceGivesTheSamePixels) {
  const Sample reference = photo("a.png", 60, 180, 40, 50);
  const at::Tensor cpu = pixels(run({reference})[0].file);
  load(fake_device());
  const std::vector<Sample> made =
      vae_round_trip({reference}, *model_, {fake_device(), "other", folder_ / "made"}, kQuiet);
  EXPECT_LE((pixels(made[0].file).to(at::kInt) - cpu.to(at::kInt)).abs().max().item<int>(), 1);
}

TEST_F(VaeRoundTrip, LargePicturesAreLimitedAndNoneGrows) {
  const std::vector<Sample> made = run({photo("wide.png", 0, 0, 40, 512), photo("small.png", 0, 0, 24, 16)});
  EXPECT_EQ(pixels(made[0].file).sizes(), (std::vector<std::int64_t>{40, 512, 3}));
  EXPECT_EQ(pixels(made[1].file).sizes(), (std::vector<std::int64_t>{24, 16, 3}));
  const at::Tensor portrait = pixels(data_file("models/astronaut.png"));  // 512 x 512
  write_png(folder_ / "large.png", portrait.repeat({2, 1, 1}).contiguous());
  write_png(folder_ / "strip.png", portrait.narrow(0, 0, 128).repeat({1, 3, 1}).contiguous());
  const std::vector<Sample> limited =
      run({{folder_ / "large.png", "large.png", "anna", "", ""}, {folder_ / "strip.png", "strip.png", "anna", "", ""}});
  EXPECT_EQ(pixels(limited[0].file).sizes(), (std::vector<std::int64_t>{1024, 512, 3}));  // both limits just met
  EXPECT_EQ(pixels(limited[1].file).sizes(), (std::vector<std::int64_t>{85, 1024, 3}));   // from 128 x 1536
}

TEST_F(VaeRoundTrip, AreMadeOnceAndDamagedOnesAgain) {
  const Sample photo_a = photo("a.png", 60, 180, 40, 40);
  const fs::path made = run({photo_a})[0].file;
  const at::Tensor first = pixels(made);
  const auto time = fs::last_write_time(made);
  run({photo_a});
  EXPECT_EQ(fs::last_write_time(made), time);
  std::ofstream(made, std::ios::binary) << "\x89PNG";
  run({photo_a});
  EXPECT_TRUE(at::equal(pixels(made), first));
}

TEST_F(VaeRoundTrip, WhatCannotBeReadStandsForItself) {
  std::ofstream(folder_ / "broken.png") << "\x89PNG";
  const std::vector<Sample> made = run({{folder_ / "broken.png", "broken.png", "anna", "", ""}});
  EXPECT_EQ(made[0].file, folder_ / "broken.png");
  EXPECT_EQ(made[0].method, kVaeRoundTrip);
}

}  // namespace
}  // namespace miafr_tests
