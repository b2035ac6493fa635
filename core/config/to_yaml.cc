#include "core/config/to_yaml.h"

#include <algorithm>
#include <sstream>

#include "core/config/scalar.h"

namespace miafr {
namespace {

// Nothing in it means anything to any YAML reader.
bool is_plain_word(const std::string& text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '/' || c == '-';
  };
  return !text.empty() && text[0] != '-' && text[0] != '.' && !is_null_word(text) &&
         std::all_of(text.begin(), text.end(), fits);
}

// Characters beyond ASCII that YAML takes for line breaks or for a byte order mark: U+0085, U+2028, U+2029, U+FEFF.
const char* escape_of(const std::string& text, std::size_t i) {
  struct Special {
    const char *bytes, *escape;
  };
  constexpr Special kSpecials[] = {
      {"\xc2\x85", "\\u0085"}, {"\xe2\x80\xa8", "\\u2028"}, {"\xe2\x80\xa9", "\\u2029"}, {"\xef\xbb\xbf", "\\ufeff"}};
  for (const Special& special : kSpecials)
    if (text.compare(i, std::string(special.bytes).size(), special.bytes) == 0) return special.escape;
  return nullptr;
}

std::string quoted(const std::string& text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string line = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const unsigned char c = text[i];
    if (const char* escape = escape_of(text, i)) {
      line += escape;
      i += c == 0xc2 ? 1 : 2;
    } else if (c == '"' || c == '\\') {
      line += {'\\', text[i]};
    } else if (c < 0x20 || c == 0x7f) {
      line += {'\\', 'x', kDigits[c >> 4], kDigits[c & 15]};
    } else {
      line += text[i];
    }
  }
  return line + "\"";
}

// Of a setting whose type is text: quoted also where another reader would take it for a number or a flag.
std::string text_value(const std::string& text) {
  return is_plain_word(text) && !parse_real(text) && !parse_flag(text) ? text : quoted(text);
}

// Of a plugin's parameter, whose type is not known here.
std::string raw_value(const std::string& text) { return is_plain_word(text) || parse_real(text) ? text : quoted(text); }

std::string flow_list(const Words& words) {
  std::string text = "[";
  for (const std::string& word : words) text += (text.size() > 1 ? ", " : "") + raw_value(word);
  return text + "]";
}

struct FormatValue {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const { return format_real(value); }
  std::string operator()(const std::string& value) const { return text_value(value); }
};

struct WriteSections {
  std::ostringstream& out;

  template <class S>
  void operator()(const char* name, const S& one) const {
    out << name << ":\n";
    write(one, "  ", "  ");
    out << "\n";
  }

  template <class S>
  void operator()(const char* name, const std::vector<S>& entries) const {
    out << name << ":" << (entries.empty() ? " []\n" : "\n");
    for (const S& entry : entries) write(entry, "  - ", "    ");
    out << "\n";
  }

  template <class S>
  void write(const S& one, const std::string& first, const std::string& indent) const {
    S lists = one;
    const Params values = section<S>().values(one);
    std::string begin = first;
    for (const SettingRow& row : section<S>().rows()) {
      const Words* list = section<S>().list(row.spec.name, lists);
      out << begin << row.spec.name << ": "
          << (list ? flow_list(*list) : std::visit(FormatValue{}, values.values().at(row.spec.name))) << "  # "
          << row.spec.doc << "\n";
      begin = indent;
    }
    if constexpr (kNamesPlugin<S>) write_params(one.params, indent);
  }

  void write_params(const RawParams& params, const std::string& indent) const {
    if (!params.empty()) out << indent << "params:\n";
    for (const RawParam& param : params)
      out << indent << "  " << text_value(param.key) << ": " << raw_value(param.text) << "\n";
  }
};

}  // namespace

std::string to_yaml(const RunConfig& config) {
  std::ostringstream out;
  out.imbue(std::locale::classic());
  for_each_section(config, WriteSections{out});
  std::string text = out.str();
  text.pop_back();  // one line end is enough
  return text;
}

}  // namespace miafr
