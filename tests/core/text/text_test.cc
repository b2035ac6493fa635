// The tokenizer against the reference's ids over many scripts, and the syntax of prompts.
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/base/errors.h"
#include "core/text/prompt.h"
#include "tests/support/files.h"

namespace {

namespace fs = std::filesystem;

const fs::path& vocabulary() {
  static const fs::path& path = *new fs::path(miafr_tests::data_file("external/clip/bpe_simple_vocab_16e6.txt.gz"));
  return path;
}

const miafr::ClipTokenizer& tokenizer() {
  static const auto& one = *new miafr::ClipTokenizer(vocabulary());
  return one;
}

std::vector<int> ids_of(const std::string& prompt) { return miafr::encode_prompt(tokenizer(), prompt).ids; }

// Without the syntax of prompts, which the reference does not know.
std::vector<int> plain_ids_of(const std::string& text) {
  std::string escaped;
  for (const char c : text)
    escaped += std::string("()\\:").find(c) == std::string::npos ? std::string(1, c) : std::string("\\") + c;
  return ids_of(escaped);
}

std::string parsed(const std::string& prompt) {
  std::string text;
  for (const auto& part : miafr::parse_prompt(prompt)) {
    std::ostringstream weight;
    weight << part.weight;
    text += "[" + part.text + "|" + weight.str() + "]";
  }
  return text;
}

TEST(ClipTokenizer, GivesTheReferencesIds) {
  for (const char* name : {"prompts.json", "prompts_extra.json"}) {
    const auto golden =
        nlohmann::json::parse(std::ifstream(miafr_tests::data_file(std::string("tests/goldens/") + name)));
    ASSERT_GT(golden["prompts"].size(), 5u);
    for (std::size_t i = 0; i < golden["prompts"].size(); ++i)
      EXPECT_EQ(plain_ids_of(golden["prompts"][i]), golden["ids"][i].get<std::vector<int>>()) << golden["prompts"][i];
  }
}

TEST(ClipTokenizer, SaysWhatDidNotFit) {
  std::string prompt = "start";
  for (int i = 0; i < 74; ++i) prompt += " a";
  EXPECT_EQ(miafr::encode_prompt(tokenizer(), prompt).lost, "");
  EXPECT_EQ(miafr::encode_prompt(tokenizer(), prompt + " Photo of  a cat").lost, "photo of a cat");
}

TEST(ClipTokenizer, TakesAnyBytes) {
  const auto ids = ids_of("\xff\xfe photo \xc3");
  EXPECT_EQ(ids.size(), 77u);
  EXPECT_EQ(ids.front(), 49406);
  EXPECT_EQ(ids.back(), 49407);
}

TEST(ClipTokenizer, AMegabyteIsNoTrouble) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(ids_of(std::string(1 << 20, 'a')).size(), 77u);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));  // quadratic time would be hours
}

TEST(ClipTokenizer, RefusesAnotherFile) {
  const fs::path folder = miafr_tests::temporary_folder();
  std::ofstream(folder / "other.gz") << "not a vocabulary\nat all\n";
  fs::copy_file(vocabulary(), folder / "half.gz");
  fs::permissions(folder / "half.gz", fs::perms::owner_all);
  fs::resize_file(folder / "half.gz", 100000);
  for (const char* name : {"other.gz", "half.gz", "missing.gz"}) {
    try {
      miafr::ClipTokenizer broken(folder / name);
      FAIL() << name;
    } catch (const miafr::Error& e) {
      EXPECT_NE(std::string(e.what()).find((folder / name).string() + ": "), std::string::npos) << e.what();
    }
  }
}

TEST(Prompt, OnlyParenthesesWithAWeightAreSyntax) {
  EXPECT_EQ(parsed("a photo"), "[a photo|1]");
  EXPECT_EQ(parsed("a (very) sharp photo"), "[a (very) sharp photo|1]");
  EXPECT_EQ(parsed("a (sharp:1.3) photo"), "[a |1][sharp|1.3][ photo|1]");
  EXPECT_EQ(parsed("((a:2) b:1.5)"), "[a|3][ b|1.5]");
  EXPECT_EQ(parsed("(a (b) c:2)"), "[a (b) c|2]");
  EXPECT_EQ(parsed("\\(a:2\\) (b\\:c:2)"), "[(a:2) |1][b:c|2]");
  EXPECT_EQ(parsed("(a:b) ((c :) at 10:30)"), "[(a:b) ((c :) at 10:30)|1]");
  EXPECT_EQ(parsed("a) b:1.2) (c"), "[a) b:1.2) (c|1]");
}

TEST(Prompt, WeightsStandAtTheirTokens) {
  const auto plain = miafr::encode_prompt(tokenizer(), "photo of a sks person");
  const auto weighted = miafr::encode_prompt(tokenizer(), "photo of a (sks:1.5) person");
  EXPECT_EQ(weighted.ids, plain.ids);
  EXPECT_EQ(std::vector<float>(plain.weights), std::vector<float>(77, 1));
  std::vector<float> expected(77, 1);
  for (std::size_t i = 0; i < tokenizer().split("sks").words[0].ids.size(); ++i) expected[4 + i] = 1.5;
  EXPECT_EQ(weighted.weights, expected);
}

}  // namespace
