#include "core/report/html_text.h"

#include "core/report/plots.h"
#include "core/report/text.h"

namespace miafr {
namespace {

std::string base64(const std::string& bytes) {
  static constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t triple = 0;
    for (std::size_t j = 0; j < 3; ++j)
      triple = triple << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    for (std::size_t j = 0; j < 4; ++j) text += i + j < bytes.size() + 1 ? kLetters[triple >> (18 - 6 * j) & 63] : '=';
  }
  return text;
}

}  // namespace

std::string embedded_picture(const Picture& picture) {
  return "<img loading=\"lazy\" alt=\"" + escape_html(picture.text) + "\" src=\"data:" + escape_html(picture.mime) +
         ";base64," + base64(picture.bytes) + "\">";
}

std::string plural(std::int64_t count, const std::string& noun) {
  return with_commas(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string rate_text(const Rate& rate) {
  return percent(rate.value()) + (rate.trials > 0 && rate.indicative() ? "\u2020" : "");
}

std::string count_text(const Rate& rate) { return with_commas(rate.errors) + "/" + with_commas(rate.trials); }

std::string method_chip(const Evaluation& evaluation, const std::string& method) {
  const std::size_t style = method_style(evaluation, method);
  const std::string colour =
      style == 0 ? "var(--ink)" : "var(--c" + std::to_string((style - 1) % kSeriesColours + 1) + ")";
  return "<span class=\"chip\" style=\"background:" + colour + "\"></span>";
}

std::string attribute_table(const Evaluation& evaluation) {
  if (evaluation.attributes.empty()) return "";
  std::string rows;
  for (const AttributeSuccess& one : evaluation.attributes) {
    const Rate failures{one.asked - one.correct, one.asked};
    const Interval wrong = wilson_95(failures);
    rows += "<tr><th class=\"text\">" + method_chip(evaluation, one.method) + escape_html(method_text(one.method)) +
            "</th><td class=\"text\">" + escape_html(one.attribute) + "</td><td>" + percent(1 - failures.value()) +
            " <span class=\"soft\">[" + percent_range({1 - wrong.high, 1 - wrong.low}) + "]</span></td><td>" +
            with_commas(one.correct) + "/" + with_commas(one.asked) + "</td></tr>";
  }
  return "<div class=\"scroll\"><table><thead><tr><th class=\"text\">Method</th><th "
         "class=\"text\">Attribute</th><th>shown, "
         "%</th><th>pictures</th></tr></thead><tbody>" +
         rows + "</tbody></table></div>\n<p class=\"note\">As answered by " +
         escape_html(evaluation.attribute_source.empty() ? "an imported file" : evaluation.attribute_source) +
         "; [Wilson 95 %].</p>\n";
}

std::string pair_pictures(const Evaluation& evaluation, bool genuine) {
  std::string text;
  for (const PairPicture& pair : evaluation.pairs) {
    if (pair.genuine != genuine) continue;
    text += "<figure>" + embedded_picture(pair.probe) + " " + embedded_picture(pair.reference) + "<figcaption>" +
            escape_html(pair.matcher) + ": " + significant(pair.score, 4) + ". " + escape_html(pair.caption) +
            "</figcaption></figure>\n";
  }
  return text.empty() ? "" : "<div class=\"pairs\">\n" + text + "</div>\n";
}

std::string picture_grid(const PictureGrid& grid) {
  std::string text = "<div class=\"scroll grid\"><table><thead><tr><th></th>";
  for (const std::string& column : grid.columns) text += "<th>" + escape_html(column) + "</th>";
  text += "</tr></thead><tbody>";
  for (const PictureGrid::Row& row : grid.rows) {
    text += "<tr><th class=\"text\">" + escape_html(row.name) + "</th>";
    for (const auto& picture : row.pictures) text += "<td>" + (picture ? embedded_picture(*picture) : "") + "</td>";
    text += "</tr>";
  }
  return text + "</tbody></table></div>\n";
}

}  // namespace miafr
