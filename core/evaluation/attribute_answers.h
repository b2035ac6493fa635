// Did the edit show? Answers of a visual-question-answering model, a classifier or a person, made elsewhere.
#pragma once

#include <filesystem>
#include <vector>

#include "core/evaluation/evaluation.h"

namespace miafr {

// A CSV with the columns attribute and answer (yes, no; true, false; 1, 0, in any case), and perhaps method: a row for
// each edited picture that was asked about. Throws Error "FILE:LINE: …".
std::vector<AttributeSuccess> read_attribute_answers(const std::filesystem::path& csv);

}  // namespace miafr
