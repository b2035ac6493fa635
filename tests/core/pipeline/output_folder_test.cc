// What a run leaves behind when the disk is full.
#include "core/pipeline/output_folder.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include "core/base/errors.h"
#include "tests/support/process.h"

namespace miafr {
namespace {

TEST(OutputFolder, ARowThatDoesNotFitLeavesNoPart) {
  const auto folder = miafr_tests::temporary_folder();
  OutputFolder out(folder);
  const at::Tensor pixels = at::zeros({8, 8, 3}, at::kByte);
  OutputFolder::Row row{"short", "x", "", 1, "per_image", "ddim", 2, 7.5, "model", "0", 1.0};
  out.add(pixels, {}, row);
  const std::string before = miafr_tests::read_text(folder / "manifest.csv");
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  const rlimit small{3000, limit.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  row.prompt = std::string(5000, 'p');
  EXPECT_THROW(out.add(pixels, {}, row), Error);
  ::setrlimit(RLIMIT_FSIZE, &limit);
  EXPECT_EQ(miafr_tests::read_text(folder / "manifest.csv"), before);
  EXPECT_EQ(out.add(pixels, {}, row), "samples/00002.png");
}

}  // namespace
}  // namespace miafr
