// The library that holds NCCL's backend: it is there where CUDA's headers are, and is refused without LibTorch's CUDA
// half or where it cannot be trusted. What it does with GPUs is not tested.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/dll/library_info.hpp>
#include <fstream>

#include "core/base/errors.h"
#include "core/train/nccl.h"
#include "tests/support/files.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(NcclLibrary, ExportsItsTable) {
  if (!fs::exists("core/train/libmiafr_nccl.so"))
    GTEST_SKIP() << "not built: the headers of CUDA's libraries come with ./miafr setup --cuda";
  const fs::path library = miafr_tests::data_file("core/train/libmiafr_nccl.so");
  EXPECT_THAT(boost::dll::library_info(library).symbols(), testing::Contains("miafr_nccl"));
}

TEST(NcclLibrary, IsNamedWhereItIsMissing) {
  const fs::path folder = miafr_tests::temporary_folder();
  EXPECT_THAT(
      [&] { load_nccl(folder / "libmiafr_nccl.so", folder); },
      ThrowsMessage<Error>(AllOf(HasSubstr("libmiafr_nccl.so is not there"), HasSubstr("./miafr setup --cuda"))));
}

TEST(NcclLibrary, AnotherFileIsRefused) {
  const fs::path folder = miafr_tests::temporary_folder();
  std::ofstream(folder / "libmiafr_nccl.so") << "no library";
  EXPECT_THAT([&] { load_nccl(folder / "libmiafr_nccl.so", folder); },
              ThrowsMessage<Error>(HasSubstr("does not load")));
  fs::permissions(folder / "libmiafr_nccl.so", fs::perms::others_write, fs::perm_options::add);
  EXPECT_THAT([&] { load_nccl(folder / "libmiafr_nccl.so", folder); },
              ThrowsMessage<Error>(HasSubstr("every user may write")));
}

}  // namespace
}  // namespace miafr
