// One process at a time.
#include "core/experiment/file_lock.h"

#include <gtest/gtest.h>

#include <memory>

#include "core/base/errors.h"
#include "tests/support/files.h"

namespace miafr {
namespace {

TEST(FileLock, IsHadByOneUntilItIsGivenBack) {
  const auto file = miafr_tests::temporary_folder() / "lock";
  auto first = std::make_unique<FileLock>(file);
  FileLock second(file);
  EXPECT_TRUE(first->take());
  EXPECT_FALSE(second.take());
  first.reset();
  EXPECT_TRUE(second.take());
  EXPECT_THROW(FileLock("/no/such/folder/lock"), Error);
}

}  // namespace
}  // namespace miafr
