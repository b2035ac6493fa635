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

// A piece of text, or the parenthesis of a weighted one: its scale is that of the pieces from it on and before `end`.
struct Piece {
  std::string text;
  double scale = 1;
  std::size_t end = 0;
};

// One pass, as every closing parenthesis going over its pieces would be quadratic in the depth.
std::vector<WeightedText> weigh(const std::vector<Piece>& pieces) {
  struct Outer {
    std::size_t end;
    double weight;
  };
  std::vector<Outer> outer;
  std::vector<WeightedText> texts;
  double weight = 1;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    for (; !outer.empty() && outer.back().end == i; outer.pop_back()) weight = outer.back().weight;
    if (pieces[i].end > 0) {
      outer.push_back({pieces[i].end, weight});
      weight *= pieces[i].scale;
    }
    if (pieces[i].text.empty()) continue;
    if (!texts.empty() && texts.back().weight == weight)
      texts.back().text += pieces[i].text;
    else
      texts.push_back({pieces[i].text, weight});
  }
  return texts;
}

}  // namespace

std::vector<WeightedText> parse_prompt(const std::string& prompt) {
  std::vector<Piece> pieces(1);
  std::vector<std::size_t> open;  // pieces that are a parenthesis which may turn out to begin a weighted text
  for (std::size_t i = 0; i < prompt.size(); ++i) {
    const char c = prompt[i];
    if (c == '\\' && i + 1 < prompt.size() && std::string("()\\:").find(prompt[i + 1]) != std::string::npos) {
      pieces.back().text += prompt[++i];
      continue;
    }
    if (c == '(') {
      open.push_back(pieces.size());
      pieces.push_back({"(", 1, 0});
      pieces.emplace_back();
      continue;
    }
    if (const auto end = open.empty() ? std::nullopt : weight_end(prompt, i)) {
      pieces[open.back()] = {"", end->weight, pieces.size()};
      pieces.emplace_back();
      open.pop_back();
      i += end->length - 1;
      continue;
    }
    if (c == ')' && !open.empty()) open.pop_back();  // a pair without a weight is text
    pieces.back().text += c;
  }
  return weigh(pieces);
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
