#include "core/report/page_pictures.h"

#include <nettle/base64.h>

#include <nlohmann/json.hpp>

namespace miafr {
namespace {

using Json = nlohmann::ordered_json;

std::string base64(const std::string& bytes) {
  std::string text(BASE64_ENCODE_RAW_LENGTH(bytes.size()), 0);
  base64_encode_raw(text.data(), bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
  return text;
}

}  // namespace

Json picture_object(const Picture& picture) {
  return {{"mime", picture.mime}, {"base64", base64(picture.bytes)}, {"text", picture.text}};
}

Json plot_objects(const std::vector<Plot>& plots) {
  Json list = Json::array();
  for (const Plot& plot : plots) list.push_back({{"svg", inline_svg(plot)}, {"caption", plot.caption}});
  return list;
}

std::string series_variable(std::size_t series) {
  return "var(--c" + std::to_string(series % kSeriesColours + 1) + ")";
}

}  // namespace miafr
