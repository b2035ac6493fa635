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

// What PyTorch 2.11 wrote, with the values that it reads again.
TEST(ReadTensorFile, ReadsDtypesWithoutAStorageClass) {
  const auto tensors = read_tensor_file(miafr_tests::data_file("tests/core/io/torch_reference.pt"));
  const at::Tensor values = at::tensor({0.0, 1.0, 2.0, 48.0, 96.0, 3.0}, at::kDouble);
  for (const auto& [name, dtype] : std::map<std::string, at::ScalarType>{{"uint16", at::kUInt16},
                                                                         {"uint32", at::kUInt32},
                                                                         {"uint64", at::kUInt64},
                                                                         {"float8_e4m3fn", at::kFloat8_e4m3fn},
                                                                         {"float8_e5m2", at::kFloat8_e5m2},
                                                                         {"buffer", at::kFloat}}) {
    ASSERT_EQ(tensors.count(name), 1u) << name;
    EXPECT_EQ(tensors.at(name).scalar_type(), dtype);
    EXPECT_TRUE(at::equal(tensors.at(name).to(at::kDouble), values)) << name;
  }
  const at::Tensor part = at::tensor({1.0, 96.0, 2.0, 3.0}, at::kDouble).view({2, 2});
  EXPECT_TRUE(at::equal(tensors.at("part").to(at::kDouble), part));
  EXPECT_EQ(tensors.count("complex"), 0u);
}

}  // namespace
}  // namespace miafr
