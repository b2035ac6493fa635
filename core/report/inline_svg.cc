#include "core/report/page_pictures.h"
#include "core/report/text.h"

namespace miafr {
namespace {

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  std::size_t at = 0;
  while ((at = text.find(from, at)) != std::string::npos) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
}

// gnuplot writes a colour as "rgb(  0, 114, 178)" for lines and as "rgb(0,114,178)" for text.
void replace_colour(std::string& svg, const std::string& hex, const std::string& css) {
  int rgb[3];
  for (int i = 0; i < 3; ++i) rgb[i] = std::stoi(hex.substr(1 + 2 * i, 2), nullptr, 16);
  const auto padded = [](int value) {
    const std::string digits = std::to_string(value);
    return std::string(3 - digits.size(), ' ') + digits;
  };
  replace_all(svg, "rgb(" + padded(rgb[0]) + ", " + padded(rgb[1]) + ", " + padded(rgb[2]) + ")", css);
  replace_all(svg, "rgb(" + std::to_string(rgb[0]) + "," + std::to_string(rgb[1]) + "," + std::to_string(rgb[2]) + ")",
              css);
}

// gnuplot names each of its layers; browsers show "gnuplot_plot_7" beside the pointer.
void remove_titles(std::string& svg) {
  for (std::size_t at; (at = svg.find("<title>")) != std::string::npos;) {
    const std::size_t end = svg.find("</title>", at);
    if (end == std::string::npos) return;
    svg.erase(at, end + std::string("</title>").size() - at);
  }
}

}  // namespace

std::string inline_svg(const Plot& plot) {
  std::string svg = plot.svg.substr(std::min(plot.svg.find("<svg"), plot.svg.size()));
  replace_colour(svg, kInk, "currentColor");
  replace_colour(svg, kGridInk, "var(--grid)");
  for (int i = 0; i < kSeriesColours; ++i)
    replace_colour(svg, series_colour(static_cast<std::size_t>(i)), series_variable(static_cast<std::size_t>(i)));
  replace_all(svg, "fill=\"#ffffff\"", "fill=\"none\"");
  replace_all(svg, "#FFFFFF", "var(--card)");  // around points
  replace_all(svg, "color=\"black\"", "color=\"currentColor\"");
  for (const char* quote : {"'", "\""})
    replace_all(svg, std::string("id=") + quote, std::string("id=") + quote + plot.name + "-");
  replace_all(svg, "href='#", "href='#" + plot.name + "-");
  replace_all(svg, "url(#", "url(#" + plot.name + "-");
  remove_titles(svg);
  replace_all(svg, "<svg ", "<svg role=\"img\" aria-label=\"" + escape_html(plot.caption) + "\" ");
  return svg;
}

}  // namespace miafr
