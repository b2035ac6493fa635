// Good configs with random damage: whatever becomes of them, they load or are refused in one line.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>

#include "core/config/to_yaml.h"
#include "tests/core/config/config_test_support.h"

namespace miafr {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void damage(std::string& text, std::mt19937& random) {
  static const std::vector<std::string> kPieces = {"\n",
                                                   " ",
                                                   "\t",
                                                   ":",
                                                   "- ",
                                                   "'",
                                                   "\"",
                                                   "{",
                                                   "}",
                                                   "[",
                                                   "]",
                                                   "&a ",
                                                   "*a",
                                                   "!x ",
                                                   "|",
                                                   ">",
                                                   "#",
                                                   "? ",
                                                   "...\n",
                                                   "---\n",
                                                   "~",
                                                   "1e999",
                                                   std::string(1, '\0'),
                                                   "\xff",
                                                   "\xc3\xa9"};
  const std::size_t at = random() % text.size();
  switch (random() % 4) {
    case 0:
      text.erase(at, 1 + random() % 20);
      break;
    case 1:
      text.insert(at, kPieces[random() % kPieces.size()]);
      break;
    case 2:
      text[at] = static_cast<char>(random());
      break;
    case 3:
      text.insert(at, text.substr(random() % text.size(), random() % 200));
      break;
  }
  if (text.empty()) text = " ";
}

class DamagedFile : public testing::TestWithParam<const char*> {};

TEST_P(DamagedFile, LoadsOrIsRefusedInOneLine) {
  const std::string whole = text_of(GetParam());
  ASSERT_FALSE(whole.empty());
  std::mt19937 random(3);
  int refused = 0, loaded = 0;
  for (int i = 0; i < 1500; ++i) {
    std::string text = whole;
    for (int times = 1 + random() % 3; times > 0; --times) damage(text, random);
    try {
      const RunConfig config = load_config_text(text, "run.yaml").config;
      load_config_text(to_yaml(config), "again.yaml");
      ++loaded;
    } catch (const ConfigError& e) {
      const std::string line = e.what();
      ASSERT_EQ(line.rfind("run.yaml", 0), 0u) << line;
      ASSERT_EQ(line.find('\n'), std::string::npos) << line;
      ++refused;
    }
  }
  EXPECT_GT(refused, 100);
  EXPECT_GT(loaded, 10);
}

INSTANTIATE_TEST_SUITE_P(Configs, DamagedFile,
                         testing::Values("tests/core/config/published/v1-finetune_biomloss.yaml",
                                         "tests/core/config/published/tiny-sd.yaml", "configs/train_contrastive.yaml"));

}  // namespace
}  // namespace miafr
