// Pages from templates in the language mustache (https://mustache.github.io) over a JSON object.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace miafr {

// Texts of templates by their names: "report", "style".
using Templates = std::map<std::string, std::string>;

// The page that the template of that name makes of the object. Templates are those of the report, templates/*.mustache,
// and before them those in `more`; each may include any other: {{>table}}.
//
// {{name}} is a member as a text, escaped for HTML. {{name | percent}} is a number as the page prints it:
// page_formats.cc has all formats. In a condition {{#name}}...{{/name}} null and "" are false, and 0 is not. Over a
// list, the part between is repeated; between {{#name | any}} and {{/name | any}} it is not, and is left out where the
// list is empty.
//
// Throws Error where a template names something that the object does not have.
std::string render_page(const std::string& name, const nlohmann::ordered_json& object, const Templates& more = {});

}  // namespace miafr
