// Prompts for the text encoder: 77 ids, and how much each counts.
//
// (text:1.3) makes its text count 1.3 times; nested weights multiply. \( \) \\ and \: are the characters themselves.
// All other parentheses are text.
#pragma once

#include <string>
#include <vector>

#include "core/text/clip_tokenizer.h"

namespace miafr {

struct WeightedText {
  std::string text;
  double weight = 1;
};

std::vector<WeightedText> parse_prompt(const std::string& prompt);

struct EncodedPrompt {
  std::vector<int> ids;        // 77: start, the words, end; padded with end
  std::vector<float> weights;  // 77; 1 beside the words
  std::string lost;            // what did not fit, normalised
};

EncodedPrompt encode_prompt(const ClipTokenizer& tokenizer, const std::string& prompt);

}  // namespace miafr
