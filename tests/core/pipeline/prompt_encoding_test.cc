// Weights of words, against hidden states that are weighed here by hand.
#include "core/pipeline/prompt_encoding.h"

#include <gtest/gtest.h>

#include "core/text/prompt.h"
#include "tests/support/files.h"
#include "tests/support/rule_parameters.h"

namespace {

const miafr::ClipTokenizer& tokenizer() {
  static const auto& one =
      *new miafr::ClipTokenizer(miafr_tests::data_file("external/clip/bpe_simple_vocab_16e6.txt.gz"));
  return one;
}

const miafr::ClipTextEncoder& encoder() {
  static const auto& one = *[] {
    miafr::ClipTextConfig config;
    config.hidden_size = 64;
    config.intermediate_size = 128;
    config.num_layers = 2;
    config.num_heads = 4;
    miafr_tests::RuleParameters rule;
    return new miafr::ClipTextEncoder(config, {rule, "text_model"});
  }();
  return one;
}

at::Tensor encoded(const std::vector<std::string>& prompts) {
  return miafr::encode_prompts(encoder(), tokenizer(), prompts, at::kCPU);
}

// What the encoder says of the words, which their weights do not change: [77, C].
at::Tensor unweighted(const std::string& prompt) {
  const std::vector<int> ids = miafr::encode_prompt(tokenizer(), prompt).ids;
  return encoder().forward(at::tensor(std::vector<int64_t>(ids.begin(), ids.end())).unsqueeze(0))[0];
}

// Rows times their weight, and all of it times what brings the mean back.
at::Tensor weighed(const at::Tensor& states, const std::map<int64_t, double>& weights) {
  const at::Tensor out = states.to(at::kDouble).clone();
  auto values = out.accessor<double, 2>();
  double before = 0, after = 0;
  for (int64_t row = 0; row < out.size(0); ++row)
    for (int64_t column = 0; column < out.size(1); ++column) {
      before += values[row][column];
      if (const auto weight = weights.find(row); weight != weights.end()) values[row][column] *= weight->second;
      after += values[row][column];
    }
  for (int64_t row = 0; row < out.size(0); ++row)
    for (int64_t column = 0; column < out.size(1); ++column) values[row][column] *= before / after;
  return out.to(at::kFloat);
}

TEST(PromptEncoding, WeightsMultiplyTheStatesAndTheMeanStays) {
  const at::Tensor plain = unweighted("photo of a red dog");
  EXPECT_TRUE(at::equal(encoded({"photo of a red dog"})[0], plain));
  // 0 is the start, each word here is one token.
  const at::Tensor one = encoded({"photo of a (red:1.3) dog"})[0];
  const at::Tensor expected = weighed(plain, {{4, 1.3}});
  EXPECT_TRUE(at::allclose(one, expected, 1e-3, 1e-4)) << (one - expected).abs().max();
  EXPECT_FALSE(at::allclose(one, plain, 1e-3, 1e-4));
  EXPECT_NEAR(one.mean().item<double>(), plain.mean().item<double>(), 1e-6);
  const at::Tensor nested = encoded({"(photo of:0.5) a ((red:1.2) dog:1.5)"})[0];
  EXPECT_TRUE(at::allclose(nested, weighed(plain, {{1, 0.5}, {2, 0.5}, {4, 1.8}, {5, 1.5}}), 1e-3, 1e-4));
}

TEST(PromptEncoding, PromptsDoNotTouchEachOther) {
  const at::Tensor together = encoded({"a dog", "a (dog:1.3)", ""});
  EXPECT_EQ(together.sizes(), (std::vector<int64_t>{3, 77, 64}));
  EXPECT_TRUE(at::equal(together[0], encoded({"a dog"})[0]));
  EXPECT_TRUE(at::equal(together[1], encoded({"a (dog:1.3)"})[0]));
  EXPECT_TRUE(at::equal(together[2], encoded({""})[0]));
}

}  // namespace
