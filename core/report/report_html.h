// report.html: one page that needs nothing else, no network and no script.
#pragma once

#include <string>
#include <vector>

#include "core/evaluation/evaluation.h"
#include "core/report/plot_script.h"

namespace miafr {

// Light and dark by the reader's setting, down to the width of a phone. A section appears only where there is something
// to show in it.
std::string report_html(const Evaluation& evaluation, const std::vector<Plot>& plots);

}  // namespace miafr
