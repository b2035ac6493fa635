// "Did you mean": the candidate that a misspelt word most likely stands for.
#pragma once

#include <string>
#include <vector>

namespace miafr {

// The candidate with the fewest single-letter edits (insert, delete, replace, swap of neighbours; case does not count),
// the first of equals; "" when none is within about a third of the word's length.
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);

// "a, b, c", or "none".
std::string comma_separated(const std::vector<std::string>& words);

// ", did you mean 'b'? (known: a, b, c)", without the question where nothing is near. label: "known", "allowed", ...
std::string suggestion(const std::string& word, const std::vector<std::string>& candidates, const std::string& label);

}  // namespace miafr
