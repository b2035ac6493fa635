// The rare words that stand for the subjects of an experiment.
#pragma once

#include <string>
#include <vector>

#include "core/text/clip_tokenizer.h"

namespace miafr {

// Words that CLIP's vocabulary has as one token each, that came into it late, so that its text encoder has seen them
// seldom, and that mean no thing to paint. All different.
const std::vector<std::string>& rare_tokens();

// The number of tokens that CLIP makes of a word.
std::size_t token_count(const ClipTokenizer& tokenizer, const std::string& word);

// A word for each that is "": the first of rare_tokens() that no other has. Throws Error where they are used up.
void give_tokens(std::vector<std::string>& tokens);

}  // namespace miafr
