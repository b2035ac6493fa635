// miafr generate run with the tiny Stable Diffusion, and what it left.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "tests/support/process.h"
#include "tests/support/safetensors.h"
#include "tests/support/tiny_sd.h"

namespace miafr_tests {

// The tiny one.
inline const fs::path& checkpoint() {
  static const fs::path& file = *new fs::path(temporary_folder() / "tiny-sd-fp16.safetensors");
  if (!fs::exists(file)) write_half_safetensors(file, tiny_sd_tensors());
  return file;
}

// With a checkpoint of the tiny one's sizes.
inline ProcessResult generate_with(const fs::path& file, const std::vector<std::string>& arguments,
                                   const fs::path& outdir,
                                   const fs::path& config = data_file("tests/goldens/tiny-sd.yaml")) {
  std::vector<std::string> command = {"generate",      "--ckpt",   file.string(),  "--config",
                                      config.string(), "--outdir", outdir.string()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return miafr(command);
}

inline ProcessResult generate(const std::vector<std::string>& arguments, const fs::path& outdir) {
  return generate_with(checkpoint(), arguments, outdir);
}

// Options of a picture that takes no time.
inline std::vector<std::string> small(std::vector<std::string> more = {}) {
  std::vector<std::string> all = {"--H", "64", "--W", "64", "--steps", "3"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

inline at::Tensor read_picture(const fs::path& file) {
  cv::Mat picture;
  cv::cvtColor(cv::imread(file.string(), cv::IMREAD_UNCHANGED), picture, cv::COLOR_BGR2RGB);
  return at::from_blob(picture.data, {picture.rows, picture.cols, 3}, at::kByte).clone();
}

// Of the first picture, where --save_latents was given.
inline at::Tensor read_latent(const fs::path& out) {
  return read_safetensors(out / "samples/00000.safetensors").at("latent");
}

inline std::int64_t largest_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kInt) - b.to(at::kInt)).abs().max().item<std::int64_t>();
}

// What a checkpoint makes of these options: exact where pictures are rounded.
inline at::Tensor latent_of(const fs::path& file, std::vector<std::string> more) {
  const fs::path out = temporary_folder();
  more.push_back("--save_latents");
  const auto result = generate_with(file, small(more), out);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return read_latent(out);
}

// A checkpoint of these tensors.
inline fs::path written(const std::map<std::string, at::Tensor>& tensors) {
  const fs::path file = temporary_folder() / "other.safetensors";
  write_half_safetensors(file, tensors);
  return file;
}

}  // namespace miafr_tests
