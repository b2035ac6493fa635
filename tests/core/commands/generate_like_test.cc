// miafr generate --like: a picture's own settings paint it again.
#include <gtest/gtest.h>

#include "core/image/png.h"
#include "core/io/sha256.h"
#include "tests/core/commands/tiny_generate.h"

namespace miafr_tests {
namespace {

TEST(GenerateLike, RepeatsAPicture) {
  const fs::path out = temporary_folder(), again = temporary_folder(), other = temporary_folder();
  const auto first =
      generate(small({"--prompt", "a (red:1.2) dog, \"old\"", "--n_samples", "3", "--seed", "7", "--scale", "3.5",
                      "--ddim_eta", "0.5", "--negative_prompt", "cat", "--save_latents"}),
               out);
  ASSERT_EQ(first.exit_code, 0) << first.err;
  const std::string like = (out / "samples/00002.png").string();
  const auto repeated = generate({"--like", like}, again);
  ASSERT_EQ(repeated.exit_code, 0) << repeated.err;
  EXPECT_LE(largest_difference(read_picture(again / "samples/00000.png"), read_picture(like)), 2);
  EXPECT_EQ(repeated.err.find("another checkpoint"), std::string::npos) << repeated.err;
  // The command line goes before the picture.
  ASSERT_EQ(generate({"--like", like, "--seed", "8", "--dtype", "bfloat16"}, other).exit_code, 0);
  const auto settings = [](const fs::path& picture) {
    return nlohmann::json::parse(::miafr::read_png_texts(picture).at("miafr"));
  };
  EXPECT_EQ(settings(like)["dtype"], "float32");
  const fs::path third = temporary_folder();
  ASSERT_EQ(generate({"--like", (other / "samples/00000.png").string()}, third).exit_code, 0);
  EXPECT_EQ(settings(third / "samples/00000.png")["dtype"], "bfloat16");
  EXPECT_LE(largest_difference(read_picture(third / "samples/00000.png"), read_picture(other / "samples/00000.png")),
            2);
  EXPECT_GT(largest_difference(read_picture(other / "samples/00000.png"), read_picture(like)), 2);
  const auto latent = read_safetensors(out / "samples/00002.safetensors").at("latent");
  EXPECT_EQ(latent.sizes(), (std::vector<std::int64_t>{4, 8, 8}));
  const std::string manifest = read_text(out / "manifest.csv");
  EXPECT_NE(manifest.find("," + ::miafr::sha256_of(checkpoint()) + ","), std::string::npos) << manifest;
}

TEST(GenerateLike, RepeatsAPictureOfEmptyTexts) {
  const fs::path out = temporary_folder(), again = temporary_folder();
  ASSERT_EQ(generate(small({"--prompt", "a dog"}), out).exit_code, 0);
  const std::string photo = (out / "samples/00000.png").string();
  const auto repeated = generate({"--like", photo}, again);
  ASSERT_EQ(repeated.exit_code, 0) << repeated.err;
  EXPECT_EQ(largest_difference(read_picture(again / "samples/00000.png"), read_picture(photo)), 0);
  const fs::path inverted = temporary_folder(), inverted_again = temporary_folder();
  ASSERT_EQ(generate(small({"--prompt", "a cat", "--init-img", photo, "--invert"}), inverted).exit_code, 0);
  const std::string like = (inverted / "samples/00000.png").string();
  const auto result = generate({"--like", like, "--init-img", photo}, inverted_again);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(largest_difference(read_picture(inverted_again / "samples/00000.png"), read_picture(like)), 0);
}

TEST(GenerateLike, RepeatsARunWhoseRoundsBeginAlike) {
  const fs::path out = temporary_folder(), again = temporary_folder(), other = temporary_folder();
  const auto arguments = small({"--prompt", "a dog", "--noise", "batch", "--n_iter", "2"});
  auto fixed = arguments;
  fixed.push_back("--fixed_code");
  ASSERT_EQ(generate(fixed, out).exit_code, 0);
  ASSERT_EQ(generate(arguments, other).exit_code, 0);
  const std::string second = (out / "samples/00001.png").string();
  EXPECT_GT(largest_difference(read_picture(other / "samples/00001.png"), read_picture(second)), 2);
  const auto repeated = generate({"--like", second}, again);
  ASSERT_EQ(repeated.exit_code, 0) << repeated.err;
  EXPECT_EQ(largest_difference(read_picture(again / "samples/00001.png"), read_picture(second)), 0);
}

TEST(GenerateLike, GoesBeforeTheConfigsSampler) {
  const auto config = [](const std::string& eta) {
    const fs::path file = temporary_folder() / "eta.yaml";
    std::ofstream(file) << "model: {unet_num_heads: 4, text_encoder_heads: 4}\nsampler: {params: {eta: " << eta
                        << "}}\n";
    return file;
  };
  for (const auto& [made_with, given] : {std::pair(small({"--prompt", "a dog", "--ddim_eta", "1"}), "0"),
                                         std::pair(small({"--prompt", "a dog"}), "1")}) {
    const fs::path out = temporary_folder(), again = temporary_folder();
    ASSERT_EQ(generate(made_with, out).exit_code, 0);
    const std::string like = (out / "samples/00000.png").string();
    const auto repeated = generate_with(checkpoint(), {"--like", like}, again, config(given));
    ASSERT_EQ(repeated.exit_code, 0) << repeated.err;
    EXPECT_EQ(largest_difference(read_picture(again / "samples/00000.png"), read_picture(like)), 0) << given;
    // The command line goes before both.
    const fs::path other = temporary_folder();
    ASSERT_EQ(generate_with(checkpoint(), {"--like", like, "--ddim_eta", given}, other, config(given)).exit_code, 0);
    EXPECT_GT(largest_difference(read_picture(other / "samples/00000.png"), read_picture(like)), 2) << given;
  }
}

}  // namespace
}  // namespace miafr_tests
