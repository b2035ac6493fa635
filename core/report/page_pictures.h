// Pictures and plots as the templates of pages take them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/evaluation/evaluation.h"
#include "core/report/plot_script.h"

namespace miafr {

// {mime, base64, text}: the picture's bytes become a part of the page.
nlohmann::ordered_json picture_object(const Picture& picture);

// [{svg, caption}]
nlohmann::ordered_json plot_objects(const std::vector<Plot>& plots);

// "var(--c2)" of the style sheet for series 1, from 0. The plots in the page have the same colours.
std::string series_variable(std::size_t series);

// Plot as part of a page: without its background, inks and series in the page's colours, ids that no other plot has.
std::string inline_svg(const Plot& plot);

}  // namespace miafr
