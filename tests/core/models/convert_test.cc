// Checkpoints converted there and back, by every pair of formats and layouts.
#include "core/models/convert.h"

#include <gtest/gtest.h>

#include <set>

#include "core/models/checkpoint_parameters.h"
#include "core/base/errors.h"
#include "tests/support/tiny_sd.h"

namespace {

namespace fs = std::filesystem;

const std::map<std::string, at::Tensor>& tensors() {
  static const auto& all = *new std::map<std::string, at::Tensor>(miafr_tests::tiny_sd_tensors());
  return all;
}

const fs::path& original() {
  static const fs::path& file = *new fs::path(miafr_tests::temporary_folder() / "tiny.safetensors");
  if (!fs::exists(file)) miafr_tests::write_half_safetensors(file, tensors());
  return file;
}

miafr::ConvertOptions to(miafr::Layout layout) {
  miafr::ConvertOptions options;
  options.layout = layout;
  return options;
}

miafr::Layout layout_for(const std::string& ending) {
  return ending.empty() ? miafr::Layout::kDiffusers : miafr::Layout::kCompVis;
}

// From ending to ending; "" is a diffusers folder.
class RoundTrip : public testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(RoundTrip, ChangesNothing) {
  const auto& [first, second] = GetParam();
  const fs::path folder = miafr_tests::temporary_folder();
  const fs::path a = folder / ("a" + first), b = folder / ("b" + second), back = folder / "back.safetensors";
  EXPECT_TRUE(miafr::convert(miafr::open_checkpoint(original()), a, to(layout_for(first))).empty());
  EXPECT_TRUE(miafr::convert(miafr::open_checkpoint(a), b, to(layout_for(second))).empty());
  EXPECT_TRUE(miafr::convert(miafr::open_checkpoint(b), back, to(miafr::Layout::kCompVis)).empty());
  const auto result = miafr::open_checkpoint(back);
  ASSERT_EQ(result.entries.size(), tensors().size());
  for (const auto& [name, tensor] : tensors()) {
    ASSERT_TRUE(result.has(name)) << name;
    EXPECT_TRUE(at::equal(miafr::to_tensor(result.read(name)), tensor)) << name;
  }
}

std::vector<std::pair<std::string, std::string>> all_pairs() {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string first : {".safetensors", ".ckpt", ""})
    for (const std::string second : {".safetensors", ".ckpt", ""}) pairs.emplace_back(first, second);
  return pairs;
}

std::string word(const std::string& ending) { return ending.empty() ? "diffusers" : ending.substr(1); }

INSTANTIATE_TEST_SUITE_P(Formats, RoundTrip, testing::ValuesIn(all_pairs()),
                         [](const auto& pair) { return word(pair.param.first) + "_" + word(pair.param.second); });

TEST(Convert, CastsFloatsAlone) {
  const fs::path out = miafr_tests::temporary_folder() / "out.ckpt";
  miafr::ConvertOptions options;
  options.dtype = miafr::DType::kFloat32;
  miafr::convert(miafr::open_checkpoint(original()), out, options);
  const auto result = miafr::open_checkpoint(out);
  for (const auto& [name, tensor] : tensors())
    EXPECT_TRUE(at::equal(miafr::to_tensor(result.read(name)), tensor.to(at::kFloat))) << name;
}

TEST(Convert, LeavesOutWhatTheOtherLayoutLacks) {
  auto more = tensors();
  more["model_ema.decay"] = at::zeros({1}, at::kHalf);
  const fs::path folder = miafr_tests::temporary_folder();
  miafr_tests::write_half_safetensors(folder / "more.safetensors", more);
  const auto left_out =
      miafr::convert(miafr::open_checkpoint(folder / "more.safetensors"), folder / "d", to(miafr::Layout::kDiffusers));
  EXPECT_EQ(left_out, std::vector<std::string>{"model_ema.decay"});
}

// All that docs/generating.md says is in such a folder.
TEST(Convert, WritesTheNetworksOfADiffusersFolderAndNothingElse) {
  const fs::path folder = miafr_tests::temporary_folder() / "d";
  miafr::convert(miafr::open_checkpoint(original()), folder, to(miafr::Layout::kDiffusers));
  std::set<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (!entry.is_directory()) files.insert(entry.path().lexically_relative(folder));
  EXPECT_EQ(files, (std::set<std::string>{"unet/config.json", "unet/diffusion_pytorch_model.safetensors",
                                          "vae/config.json", "vae/diffusion_pytorch_model.safetensors",
                                          "text_encoder/config.json", "text_encoder/model.safetensors"}));
}

TEST(Convert, NeverReplacesAndKnowsItsEndings) {
  const auto in = miafr::open_checkpoint(original());
  const fs::path folder = miafr_tests::temporary_folder();
  EXPECT_THROW(miafr::convert(in, original(), {}), miafr::Error);
  EXPECT_THROW(miafr::convert(in, folder / "a.onnx", {}), miafr::Error);
  EXPECT_THROW(miafr::convert(in, folder / "a.ckpt", to(miafr::Layout::kDiffusers)), miafr::Error);
  EXPECT_TRUE(fs::is_empty(folder));
}

}  // namespace
