#include "core/report/plots.h"

#include <algorithm>

namespace miafr {
namespace {

// All methods of all matchers, each once, the real pictures first.
std::vector<std::string> all_methods(const Evaluation& evaluation) {
  std::vector<std::string> methods = {""};
  for (const MatcherResult& matcher : evaluation.matchers)
    for (const MethodResult& method : matcher.methods)
      if (std::find(methods.begin(), methods.end(), method.method) == methods.end()) methods.push_back(method.method);
  return methods;
}

std::string word_of(const std::string& name) {
  std::string word;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    if (letter || (c >= 'A' && c <= 'Z')) word += letter ? c : static_cast<char>(c - 'A' + 'a');
  }
  return word.substr(0, 40);
}

std::string point(std::size_t style, bool filled) {
  static constexpr int kPoints[] = {7, 5, 9, 11, 13, 15, 4};  // gnuplot's hollow ones come before the filled
  const std::string colour = style == 0 ? kInk : series_colour(style - 1);
  return "lc rgb '" + colour + "' pt " + std::to_string(kPoints[style % std::size(kPoints)] - (filled ? 0 : 1));
}

}  // namespace

std::size_t method_style(const Evaluation& evaluation, const std::string& method) {
  const auto methods = all_methods(evaluation);
  return static_cast<std::size_t>(std::find(methods.begin(), methods.end(), method) - methods.begin());
}

std::string line_style(std::size_t style) {
  const std::string colour = style == 0 ? kInk : series_colour(style - 1);
  const std::size_t dash = style == 0 ? 1 : 1 + (style - 1) / kSeriesColours;
  return "lc rgb '" + colour + "' dt " + std::to_string(dash);
}

std::string point_style(std::size_t style) { return point(style, true); }

std::string hollow_style(std::size_t style) { return point(style, false); }

std::string file_word(const Evaluation& evaluation, std::size_t matcher) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i <= matcher; ++i) {
    std::string word = word_of(evaluation.matchers[i].facts.name);
    if (word.empty()) word = "matcher";
    if (std::find(words.begin(), words.end(), word) != words.end()) word += "-" + std::to_string(i + 1);
    words.push_back(word);
  }
  return words.back();
}

std::vector<Plot> draw_plots(const Evaluation& evaluation, const std::filesystem::path& folder) {
  PlotScript script;
  add_score_plots(evaluation, script);
  add_picture_plots(evaluation, script);
  return script.draw(folder);
}

}  // namespace miafr
