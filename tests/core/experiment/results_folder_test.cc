// Which folders an experiment takes for its own.
#include "core/experiment/results_folder.h"

#include <gtest/gtest.h>

#include <fstream>

#include "core/base/errors.h"
#include "tests/support/files.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

void touch(const fs::path& file, const char* text = "x") {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

TEST(ResultsFolder, IsNewOrEmptyOrMarked) {
  const fs::path folder = miafr_tests::temporary_folder();
  EXPECT_NO_THROW(check_results_folder(folder / "new"));
  EXPECT_NO_THROW(check_results_folder(folder));
  touch(folder / "out/tables/mine.csv");
  EXPECT_THROW(check_results_folder(folder / "out"), Error);
  touch(folder / "out/experiment.yaml");
  touch(folder / "out/manifest.json", "{\"experiment\": 1}");
  EXPECT_THROW(check_results_folder(folder / "out"), Error);
  make_results_folder(folder / "out");
  EXPECT_NO_THROW(check_results_folder(folder / "out"));
}

TEST(ResultsFolder, OfAVersionThatLeftNoMarkGoesOn) {
  const fs::path folder = miafr_tests::temporary_folder();
  touch(folder / "cells/plain/anna/cell.json");
  EXPECT_THROW(check_results_folder(folder), Error);
  touch(folder / "cells/plain/anna/23/cell.json");
  EXPECT_NO_THROW(check_results_folder(folder));
  const fs::path judged = miafr_tests::temporary_folder();
  touch(judged / "manifest.json", "{\"experiment\": \"study\", \"cells\": []}");
  EXPECT_NO_THROW(check_results_folder(judged));
}

}  // namespace
}  // namespace miafr
