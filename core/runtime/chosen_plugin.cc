#include "core/runtime/chosen_plugin.h"

#include <filesystem>

#include "core/io/sha256.h"

namespace miafr {
namespace {

std::string text_of(const Params::Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
  return std::to_string(std::get<double>(value));
}

}  // namespace

PluginIdentity identify(const PluginLibrary& library, const Params& params, const std::vector<std::string>& weights) {
  const PluginDescriptor& descriptor = library.descriptor();
  PluginIdentity identity{
      descriptor.kind, descriptor.name, descriptor.version, descriptor.licence, descriptor.flags, {}, {}, "", ""};
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
