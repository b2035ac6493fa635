// How plugins and their parameters are shown.
#pragma once

#include <ostream>
#include <string>

#include "core/runtime/plugin_library.h"

namespace miafr {

// Name, default, range and doc of each parameter, a line each, indented.
void describe_params(std::ostream& out, ParamTable params);

// Everything the plugin says of itself.
void describe_plugin(std::ostream& out, const PluginLibrary& library);

// The same for a page of documentation.
void describe_plugin_markdown(std::ostream& out, const PluginLibrary& library);

// A kind's template with the plugin's name filled in.
std::string fill_template(std::string text, const std::string& name);

}  // namespace miafr
