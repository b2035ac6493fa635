// The library that nvcc builds: it is there, exports its table and nothing else, and loads without a GPU.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/dll/library_info.hpp>
#include <fstream>
#include <string>

#include "core/base/errors.h"
#include "core/cuda/load_kernels.h"
#include "core/kernels/fused_ops.h"
#include "tests/support/files.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::ThrowsMessage;

class KernelLibrary : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(fs::exists("core/cuda/libmiafr_cuda.so")) << "it was not built: there is no nvcc 13, run ./miafr setup";
    library_ =
        miafr_tests::copy_writable(miafr_tests::data_file("core/cuda/libmiafr_cuda.so"), folder_ / "libmiafr_cuda.so");
  }

  const fs::path folder_ = miafr_tests::temporary_folder();
  fs::path library_;
};

TEST_F(KernelLibrary, ExportsItsTableAlone) {
  boost::dll::library_info info(library_);
  std::vector<std::string> names;
  for (const std::string& symbol : info.symbols())
    if (symbol != "_edata" && symbol != "_end" && symbol != "__bss_start") names.push_back(symbol);
  EXPECT_THAT(names, testing::ElementsAre("miafr_cuda_kernels"));
}

// nvcc keeps machine code for GPUs in sections of their own.
TEST_F(KernelLibrary, HoldsCodeForGpus) {
  boost::dll::library_info info(library_);
  EXPECT_THAT(info.sections(), testing::Contains(".nv_fatbin"));
}

// What cannot run is an error code with a text, with a GPU and without: a grid of no blocks is refused too.
TEST_F(KernelLibrary, LoadsAndReportsWhatCannotRun) {
  const cuda::KernelTable& table = load_kernels(library_, folder_);
  const int code = table.guidance({}, nullptr);
  EXPECT_NE(code, 0);
  EXPECT_STRNE(table.error_text(code), "");
}

TEST_F(KernelLibrary, IsRefusedWhereOthersMayWrite) {
  fs::permissions(library_, fs::perms::others_write, fs::perm_options::add);
  EXPECT_THAT([&] { load_kernels(library_, folder_); }, ThrowsMessage<Error>(HasSubstr("every user may write")));
}

TEST_F(KernelLibrary, AnotherLibraryIsRefused) {
  const fs::path other =
      miafr_tests::copy_writable(miafr_tests::data_file("plugins/losses/libcosine.so"), folder_ / "other.so");
  EXPECT_THAT([&] { load_kernels(other, folder_); }, ThrowsMessage<Error>(HasSubstr("exports no miafr_cuda_kernels")));
}

TEST_F(KernelLibrary, IsLeftAloneOnTheCpu) {
  use_fused_kernels(c10::kCPU);
  EXPECT_EQ(fused_kernels(c10::kCPU), nullptr);
}

}  // namespace
}  // namespace miafr
