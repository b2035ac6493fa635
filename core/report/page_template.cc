#include "core/report/page_template.h"

#include <deque>
#include <kainjow/mustache.hpp>
#include <nlohmann/json.hpp>

#include "core/base/errors.h"
#include "core/report/page_formats.h"
#include "core/report/report_templates.h"
#include "core/report/text.h"

namespace miafr {
namespace {

using Json = nlohmann::ordered_json;
using Data = kainjow::mustache::data;

// Numbers as texts that read back as the same numbers.
std::string text_of(const Json& value) {
  if (value.is_string()) return value;
  return value.is_number_float() ? shortest(value) : value.dump();
}

Data data_of(const Json& value) {
  if (value.is_object()) {
    Data object(Data::type::object);
    for (const auto& [name, member] : value.items()) object[name] = data_of(member);
    return object;
  }
  if (value.is_array()) {
    Data list(Data::type::list);
    for (const Json& element : value) list << data_of(element);
    return list;
  }
  if (value.is_boolean()) return value.get<bool>();
  const std::string text = value.is_null() ? "" : text_of(value);
  return text.empty() ? Data(false) : Data(text);
}

std::string trimmed(const std::string& text) { return kainjow::mustache::trim(text); }

// Looks names up for the engine, which knows neither formats nor what is missing.
class PageContext final : public kainjow::mustache::context<std::string>, public PageValues {
 public:
  PageContext(const Data& page, const Templates& more) : context(&page), more_(more) {}

  const Data* get(const std::string& name) const override {
    const std::size_t bar = name.find('|');
    if (bar == std::string::npos) return &member(name);
    const std::string of = trimmed(name.substr(0, bar)), format = trimmed(name.substr(bar + 1));
    if (format == "any") return &kept(Data(member(of).is_non_empty_list()));
    return &kept(Data(formatted(*this, of, format)));
  }

  const Data* get_partial(const std::string& name) const override {
    return &parts_.try_emplace(name, text_of_template(name)).first->second;
  }

  const std::string& text_of_template(const std::string& name) const {
    for (const Templates* templates : {&more_, &kReportTemplates})
      if (const auto found = templates->find(name); found != templates->end()) return found->second;
    throw Error("a page needs the template '" + name + "': there is no such template");
  }

  bool has(const std::string& name) const override { return context::get(name) != nullptr; }

  std::optional<std::string> text(const std::string& name) const override {
    const Data& value = member(name);
    return value.is_string() ? std::optional(value.string_value()) : std::nullopt;
  }

  std::vector<std::string> list(const std::string& name) const override {
    const Data& value = member(name);
    std::vector<std::string> texts;
    if (value.is_list())
      for (const Data& element : value.list_value()) texts.push_back(element.is_string() ? element.string_value() : "");
    return texts;
  }

 private:
  const Data& member(const std::string& name) const {
    if (const Data* found = context::get(name)) return *found;
    throw Error("a template names '" + name + "', which its page does not have");
  }

  // The engine wants to be pointed to a value.
  const Data& kept(Data value) const { return kept_.emplace_back(std::move(value)); }

  const Templates& more_;
  mutable std::map<std::string, Data> parts_;
  mutable std::deque<Data> kept_;
};

}  // namespace

std::string render_page(const std::string& name, const Json& object, const Templates& more) {
  const Data data = data_of(object);
  PageContext context(data, more);
  kainjow::mustache::mustache page(context.text_of_template(name));
  page.set_custom_escape([](const std::string& text) { return escape_html(text); });
  std::string html = page.is_valid() ? page.render(context) : "";
  if (!page.is_valid()) throw Error("the template '" + name + "' or one that it includes: " + page.error_message());
  return html;
}

}  // namespace miafr
