// The rare words, by CLIP's own vocabulary.
#include "core/experiment/tokens.h"

#include <gtest/gtest.h>

#include <set>

#include "core/base/errors.h"
#include "tests/support/files.h"

namespace miafr {
namespace {

const ClipTokenizer& tokenizer() {
  static const auto& one = *new ClipTokenizer(miafr_tests::data_file("external/clip/bpe_simple_vocab_16e6.txt.gz"));
  return one;
}

// Ids follow the order in which the vocabulary was made: 256 bytes, 256 at a word's end, then merges by how often.
TEST(RareTokens, AreOneLateTokenEachAndAllDifferent) {
  constexpr int kLate = 41000;
  std::set<int> ids;
  for (const std::string& word : rare_tokens()) {
    ASSERT_EQ(token_count(tokenizer(), word), 1u) << word;
    const int id = tokenizer().split(word).words[0].ids[0];
    EXPECT_GT(id, kLate) << word;
    EXPECT_TRUE(ids.insert(id).second) << word;
  }
  EXPECT_GE(ids.size(), 100u);  // persons of the published study
}

// Of the words in the published code, one is no single token.
TEST(RareTokens, OthersAreCounted) {
  EXPECT_EQ(token_count(tokenizer(), "sks"), 1u);
  EXPECT_EQ(token_count(tokenizer(), "zwx"), 2u);
  EXPECT_EQ(token_count(tokenizer(), "two words"), 2u);
}

TEST(RareTokens, AreGivenToThoseWithout) {
  std::vector<std::string> tokens = {"", "ohwx", "", "mine", ""};
  give_tokens(tokens);
  EXPECT_EQ(tokens, (std::vector<std::string>{"sks", "ohwx", rare_tokens()[2], "mine", rare_tokens()[3]}));
  std::vector<std::string> many(rare_tokens().size() + 1);
  EXPECT_THROW(give_tokens(many), Error);
}

}  // namespace
}  // namespace miafr
