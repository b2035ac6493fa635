// Files in the place of weights: a line says what each is, whatever it is called.
#include "core/io/known_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/base/errors.h"
#include "core/io/checkpoint.h"
#include "tests/support/files.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;
using miafr_tests::temporary_folder;
using testing::HasSubstr;

// What opening a file of those bytes says, without the file's name.
std::string refusal(const std::string& bytes, const std::string& name) {
  const fs::path file = temporary_folder() / name;
  std::ofstream(file, std::ios::binary) << bytes;
  try {
    open_checkpoint(file);
  } catch (const Error& e) {
    const std::string text = e.what();
    EXPECT_EQ(text.rfind(file.string() + ": ", 0), 0u) << text;
    return text.substr(file.string().size() + 2);
  }
  return "";
}

std::string pointer(const std::string& size) {
  return "version https://git-lfs.github.com/spec/v1\noid sha256:" + std::string(64, '0') + "\nsize " + size + "\n";
}

const char* const kNames[] = {"model.safetensors", "model.ckpt", "model.pt", "lora", "model.bin"};

TEST(KnownFiles, APointerOfGitLfsWithTheSizeOfWhatItStandsFor) {
  for (const char* name : kNames)
    EXPECT_EQ(refusal(pointer("4265146304"), name),
              "a Git LFS pointer, not the file itself (4.3 GB); fetch it with git lfs pull");
  EXPECT_THAT(refusal(pointer("334641162"), "a.bin"), HasSubstr("(334.6 MB)"));
  EXPECT_THAT(refusal(pointer("12345"), "a.bin"), HasSubstr("(12345 bytes)"));
  EXPECT_THAT(refusal("version https://git-lfs.github.com/spec/v1\n", "a.bin"), HasSubstr("file itself; fetch"));
}

TEST(KnownFiles, APointerInsideAFolder) {
  const fs::path folder = temporary_folder() / "unet";
  fs::create_directories(folder);
  for (const char* name : {"diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.safetensors.index.json"}) {
    std::ofstream(folder / name) << pointer("3438167540");
    try {
      open_checkpoint(folder.parent_path());
      ADD_FAILURE() << name;
    } catch (const Error& e) {
      EXPECT_EQ(e.what(), (folder / name).string() +
                              ": a Git LFS pointer, not the file itself (3.4 GB); fetch it with git lfs pull");
    }
    fs::remove(folder / name);
  }
}

TEST(KnownFiles, OtherKindsAreNamed) {
  const std::string onnx = std::string("\x08\x08\x12\x07", 4) + "pytorch" + "\x1a\x05" + "2.1.0";
  for (const auto& [bytes, what] : std::map<std::string, std::string>{
           {onnx, "an ONNX model"},
           {"GGUF" + std::string("\3\0\0\0", 4) + std::string(60, 'x'), "a GGUF file"},
           {"\x89HDF\r\n\x1a\n" + std::string(60, '\0'), "an HDF5 file, as Keras writes weights"},
           {"\x93NUMPY" + std::string(60, ' '), "a NumPy array (.npy)"},
           {"\x1f\x8b\x08" + std::string(60, 'x'), "a gzip archive; unpack it"},
           {"<!DOCTYPE html><html></html>", "a web page, not the file itself"},
           {"\n\n <html></html>", "a web page, not the file itself"},
           {"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "a web page, not the file itself"},
           {"{\"error\": \"Unauthorized\"}", "a text in JSON"},
           {"\x89PNG\r\n\x1a\n" + std::string(60, 'x'), "a PNG picture"}})
    for (const char* name : kNames) EXPECT_THAT(refusal(bytes, name), HasSubstr(what)) << name;
}

TEST(KnownFiles, OtherBytesAreNotGuessedAt) {
  for (const std::string bytes : {"hello, these are words", "\x08\x08\x12\x07", "\x08\x01\x12\x02\x01\x02 more"}) {
    EXPECT_FALSE(known_file(
        {std::shared_ptr<const std::byte>(std::shared_ptr<void>(), reinterpret_cast<const std::byte*>(bytes.data())),
         bytes.size()}))
        << bytes;
    EXPECT_EQ(refusal(bytes, "a.ckpt"), "neither safetensors nor a checkpoint of PyTorch");
  }
}

}  // namespace
}  // namespace miafr
