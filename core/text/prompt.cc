#include "core/text/prompt.h"

#include <cstdlib>
#include <optional>

namespace miafr {
namespace {

constexpr double kMaxWeight = 10;  // above it is text: (at 10:30)

// ":1.3)" at `at`: its weight and length. Nothing where that is no weight.
struct WeightEnd {
  double weight;
  std::size_t length;
};
std::optional<WeightEnd> weight_end(const std::string& prompt, std::size_t at) {
  if (prompt[at] != ':') return std::nullopt;
  const std::size_t close = prompt.find_first_not_of("0123456789.", at + 1);
  if (close == std::string::npos || close == at + 1 || prompt[close] != ')') return std::nullopt;
  const std::string number = prompt.substr(at + 1, close - at - 1);
  char* end = nullptr;
  const double weight = std::strtod(number.c_str(), &end);
  if (*end != '\0') return std::nullopt;
  if (weight > kMaxWeight) return std::nullopt;
  return WeightEnd{weight, close + 1 - at};
}

}  // namespace

std::vector<WeightedText> parse_prompt(const std::string& prompt) {
  std::vector<WeightedText> pieces = {{}};
  std::vector<std::size_t> open;  // pieces that are a parenthesis which may turn out to begin a weighted text
  for (std::size_t i = 0; i < prompt.size(); ++i) {
    const char c = prompt[i];
    if (c == '\\' && i + 1 < prompt.size() && std::string("()\\:").find(prompt[i + 1]) != std::string::npos) {
      pieces.back().text += prompt[++i];
      continue;
    }
    if (c == '(') {
      open.push_back(pieces.size());
      pieces.push_back({"("});
      pieces.emplace_back();
      continue;
    }
    if (const auto end = open.empty() ? std::nullopt : weight_end(prompt, i)) {
      pieces[open.back()].text.clear();
      for (std::size_t j = open.back(); j < pieces.size(); ++j) pieces[j].weight *= end->weight;
      pieces.emplace_back();
      open.pop_back();
      i += end->length - 1;
      continue;
    }
    if (c == ')' && !open.empty()) open.pop_back();  // a pair without a weight is text
    pieces.back().text += c;
  }
  std::vector<WeightedText> texts;
  for (const WeightedText& piece : pieces) {
    if (piece.text.empty()) continue;
    if (!texts.empty() && texts.back().weight == piece.weight)
      texts.back().text += piece.text;
    else
      texts.push_back({piece.text, piece.weight});
  }
  return texts;
}

EncodedPrompt encode_prompt(const ClipTokenizer& tokenizer, const std::string& prompt) {
  EncodedPrompt encoded;
  encoded.ids = {ClipTokenizer::kStart};
  encoded.weights = {1};
  for (const WeightedText& part : parse_prompt(prompt)) {
    const ClipTokenizer::Words words = tokenizer.split(part.text);
    for (const ClipTokenizer::Word& word : words.words) {
      const std::size_t left = ClipTokenizer::kLength - 1 - encoded.ids.size();
      const std::size_t taken = encoded.lost.empty() ? std::min(left, word.ids.size()) : 0;
      encoded.ids.insert(encoded.ids.end(), word.ids.begin(), word.ids.begin() + taken);
      encoded.weights.resize(encoded.ids.size(), static_cast<float>(part.weight));
      if (taken == word.ids.size()) continue;
      encoded.lost += (encoded.lost.empty() ? "" : " ") + words.text.substr(word.begin);
      break;
    }
  }
  encoded.ids.resize(ClipTokenizer::kLength, ClipTokenizer::kEnd);
  encoded.weights.resize(ClipTokenizer::kLength, 1);
  return encoded;
}

}  // namespace miafr
