// A file's tensors by their bare names, whatever wrapped them.
#include "core/models/tensor_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "core/io/checkpoint_writer.h"
#include "core/base/errors.h"
#include "tests/support/files.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;
using miafr_tests::temporary_folder;
using testing::HasSubstr;

TensorToWrite scalar(const std::string& name, float value) {
  return {name, DType::kFloat32, {1}, [=] {
            TensorView view;
            view.shape = view.strides = {1};
            const auto keep = std::make_shared<float>(value);
            view.data = {keep, reinterpret_cast<const std::byte*>(keep.get())};
            return view;
          }};
}

std::map<std::string, float> values(const fs::path& file) {
  std::map<std::string, float> all;
  for (const auto& [name, tensor] : read_tensor_file(file)) all[name] = tensor.item<float>();
  return all;
}

TEST(ReadTensorFile, TakesPrefixesOff) {
  const fs::path folder = temporary_folder();
  const std::vector<TensorToWrite> tensors = {scalar("model.a.weight", 1), scalar("module.b", 2),
                                              scalar("module.model.c", 3), scalar("head.model.d", 4)};
  const std::map<std::string, float> expected = {{"a.weight", 1}, {"b", 2}, {"c", 3}, {"head.model.d", 4}};
  write_torch(folder / "a.ckpt", tensors);
  write_safetensors(folder / "a.safetensors", tensors);
  EXPECT_EQ(values(folder / "a.ckpt"), expected);
  EXPECT_EQ(values(folder / "a.safetensors"), expected);
}

TEST(ReadTensorFile, TwoOfOneNameAreRefused) {
  const fs::path file = temporary_folder() / "a.ckpt";
  write_torch(file, {scalar("model.a", 1), scalar("a", 2)});
  try {
    read_tensor_file(file);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.what(), file.string() + ": two tensors are called a without their prefixes; keep one of them");
  }
}

TEST(ReadTensorFile, ReadsTheLegacyFormat) {
  const auto weights = read_tensor_file(miafr_tests::data_file("external/mtcnn/pnet.pt"));
  EXPECT_EQ(weights.at("conv1.weight").sizes(), at::IntArrayRef({10, 3, 3, 3}));
}

}  // namespace
}  // namespace miafr
