#include "core/commands/plugin_text.h"

#include <algorithm>
#include <cctype>
#include <iomanip>

#include "core/config/plugin_params.h"
#include "core/runtime/kinds.h"

namespace miafr {
namespace {

// "needs: the photo, its face points"; "" when there is nothing to say.
std::string flags_of(const PluginDescriptor& plugin) {
  const Kind& kind = kind_named(plugin.kind);
  std::string text;
  for (const FlagSpec& flag : kind.flags)
    if (plugin.flags & flag.bit) text += (text.empty() ? "" : ", ") + std::string(flag.doc);
  return text.empty() ? "" : kind.flags_title + ": " + text;
}

}  // namespace

void describe_params(std::ostream& out, ParamTable params) {
  std::size_t name_width = 0, default_width = 0, allowed_width = 0;
  for (const ParamSpec& param : params) {
    name_width = std::max(name_width, std::string(param.name).size());
    default_width = std::max(default_width, default_text(param).size());
    allowed_width = std::max(allowed_width, allowed_values(param).size());
  }
  const auto column = [&](const std::string& text, std::size_t width) {
    out << std::left << std::setw(static_cast<int>(width) + 2) << text;
  };
  for (const ParamSpec& param : params) {
    out << "    ";
    column(param.name, name_width);
    column(default_text(param), default_width);
    column(allowed_values(param), allowed_width);
    out << param.doc << "\n";
  }
}

void describe_plugin(std::ostream& out, const PluginLibrary& library) {
  const PluginDescriptor& plugin = library.descriptor();
  out << library.title() << ": " << plugin.summary << "\n"
      << "  version   " << plugin.version << "\n"
      << "  licence   " << plugin.licence << "\n"
      << (flags_of(plugin).empty() ? "" : "  " + flags_of(plugin) + "\n") << "  file      " << library.file().string()
      << "\n"
      << "  built     SDK " << plugin.api_version << ", LibTorch " << plugin.torch_version << ", " << plugin.compiler
      << "\n";
  if (plugin.param_count == 0) {
    out << "  no parameters\n";
    return;
  }
  out << "  parameters (name, default, allowed)\n";
  describe_params(out, library.params());
}

void describe_plugin_markdown(std::ostream& out, const PluginLibrary& library) {
  const PluginDescriptor& plugin = library.descriptor();
  out << "### `" << plugin.name << "`\n\n"
      << plugin.summary << "\n\n- licence: " << plugin.licence << "\n"
      << (flags_of(plugin).empty() ? "" : "- " + flags_of(plugin) + "\n") << "\n";
  if (plugin.param_count == 0) return;
  out << "| parameter | default | allowed | |\n|---|---|---|---|\n";
  for (const ParamSpec& param : library.params())
    out << "| `" << param.name << "` | " << default_text(param) << " | " << allowed_values(param) << " | " << param.doc
        << " |\n";
  out << "\n";
}

std::string fill_template(std::string text, const std::string& name) {
  std::string class_name;
  for (std::size_t i = 0; i < name.size(); ++i)
    if (name[i] != '_')
      class_name +=
          i == 0 || name[i - 1] == '_' ? static_cast<char>(std::toupper(static_cast<unsigned char>(name[i]))) : name[i];
  const auto replace_all = [&](const std::string& mark, const std::string& value) {
    for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos; at += value.size())
      text.replace(at, mark.size(), value);
  };
  replace_all("my_plugin", name);
  replace_all("MyPlugin", class_name);
  return text;
}

}  // namespace miafr
