#include "core/config/nearest.h"

#include <algorithm>
#include <numeric>

#include "core/config/config_error.h"

namespace miafr {
namespace {

constexpr std::size_t kLongestWord = 128;  // nobody's typo, and the table below grows with the square

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Optimal string alignment distance: Levenshtein with swaps of neighbours.
std::size_t edits(const std::string& a, const std::string& b) {
  std::vector<std::size_t> before, above(b.size() + 1), row(b.size() + 1);
  std::iota(above.begin(), above.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = above;
    above = row;
  }
  return above[b.size()];
}

}  // namespace

std::string nearest(const std::string& word, const std::vector<std::string>& candidates) {
  if (word.size() > kLongestWord) return "";
  const std::size_t allowed = (word.size() + 2) / 3;
  std::string best;
  std::size_t best_edits = allowed + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t longer = std::max(word.size(), candidate.size()),
                      shorter = std::min(word.size(), candidate.size());
    if (longer - shorter >= best_edits) continue;
    const std::size_t distance = edits(word, candidate);
    if (distance < best_edits) {
      best_edits = distance;
      best = candidate;
    }
  }
  return best;
}

std::string comma_separated(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : ", ") + word;
  return line.empty() ? "none" : line;
}

std::string suggestion(const std::string& word, const std::vector<std::string>& candidates, const std::string& label) {
  const std::string guess = nearest(word, candidates);
  return (guess.empty() ? "" : ", did you mean '" + guess + "'?") + std::string(" (") + label + ": " +
         comma_separated(candidates) + ")";
}

}  // namespace miafr
