// table.tex: the headline table for a paper, with booktabs.
#pragma once

#include <string>

#include "core/evaluation/evaluation.h"

namespace miafr {

// A tabular to be \input: a row for each matcher, method and group; FNMR in percent with its interval at every target.
std::string table_tex(const Evaluation& evaluation);

}  // namespace miafr
