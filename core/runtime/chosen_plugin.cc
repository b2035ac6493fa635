#include "core/runtime/chosen_plugin.h"

#include <filesystem>

#include "core/io/sha256.h"
#include "core/runtime/kinds.h"
#include "core/base/shown.h"

namespace miafr {
namespace {

std::string text_of(const Params::Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
  return std::to_string(std::get<double>(value));
}

}  // namespace

PluginChoice parse_plugin_choice(const std::string& text, const std::string& option) {
  const std::size_t colon = text.find(':');
  PluginChoice choice{text.substr(0, colon), {}};
  if (!is_plugin_name(choice.name))
    throw UsageError(option + " " + miafr::quoted(text) + ": write NAME or NAME:key=value,key=value");
  std::string rest = colon == std::string::npos ? "" : text.substr(colon + 1);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string pair = rest.substr(0, comma);
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0)
      throw UsageError(option + " " + miafr::quoted(text) + ": " + miafr::quoted(pair) + " is no key=value");
    choice.params.push_back({pair.substr(0, equals), pair.substr(equals + 1), "command line: " + option});
    rest = comma == std::string::npos ? "" : rest.substr(comma + 1);
  }
  return choice;
}

PluginIdentity identify(const PluginLibrary& library, const Params& params, const std::vector<std::string>& weights) {
  const PluginDescriptor& descriptor = library.descriptor();
  PluginIdentity identity{
      descriptor.kind, descriptor.name, descriptor.version, descriptor.licence, descriptor.needs, {}, {}, "", ""};
  std::string all = library.title() + " " + sha256_of(library.file());
  for (const auto& [name, value] : params.values()) {
    // A path says where a file lies here, which is nobody's business; what is in it counts.
    const std::string text = text_of(value);
    identity.params.emplace_back(
        name, text.find('/') == std::string::npos ? text : std::filesystem::path(text).filename().string());
    all += "\n" + name + "=" + identity.params.back().second;
  }
  std::string hashes;
  for (const std::string& file : weights) {
    identity.weights.push_back(std::filesystem::path(file).filename().string());
    identity.weights_sha256 = sha256_of(file);
    hashes += identity.weights_sha256;
  }
  if (weights.size() > 1) identity.weights_sha256 = sha256_of_bytes(hashes.data(), hashes.size());
  all += "\n" + identity.weights_sha256;
  identity.key = sha256_of_bytes(all.data(), all.size()).substr(0, 16);
  return identity;
}

}  // namespace miafr
