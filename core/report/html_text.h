// Small pieces of report.html.
#pragma once

#include <string>

#include "core/evaluation/evaluation.h"

namespace miafr {

std::string plural(std::int64_t count, const std::string& noun);  // "1 person", "12 persons"

std::string rate_text(const Rate& rate);   // "4.68", with a dagger below 30 errors; "n/a" without trials
std::string count_text(const Rate& rate);  // "8/171"

// The dot in the colour that the method has in every plot.
std::string method_chip(const Evaluation& evaluation, const std::string& method);

// Its bytes are part of the page.
std::string embedded_picture(const Picture& picture);

// "" where there is nothing to show.
std::string attribute_table(const Evaluation& evaluation);
std::string pair_pictures(const Evaluation& evaluation, bool genuine);
std::string picture_grid(const PictureGrid& grid);

}  // namespace miafr
