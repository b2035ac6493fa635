#include "core/config/yaml_reader.h"

#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "core/base/text_encoding.h"
#include "core/base/utf8.h"
#include "core/config/config_error.h"
#include "core/config/scalar.h"
#include "core/config/yaml_tree.h"

namespace miafr {
namespace fs = std::filesystem;
namespace {

// For messages; a path is no use when it is cut.
std::string file_name(const std::string& path) { return shown(path, path.size()); }

constexpr std::size_t kMaxBytes = 1 << 20;

// Put behind the text: yaml-cpp accepts a quote that is open where a file ends, with all that follows it, but not one
// that is open where a document ends.
constexpr const char* kDocumentEnd = "\n...\n";

// At most one byte more than kMaxBytes.
std::string read_bytes(const std::string& path) {
  if (path.empty()) throw ConfigError("no file is named");
  const std::string name = file_name(path);
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) throw ConfigError(name, "no such file");
  if (fs::is_directory(status)) throw ConfigError(name, "is a folder, a YAML file is needed");
  std::ifstream file(path, std::ios::binary);
  if (!file) throw ConfigError(name, "cannot be opened for reading");
  std::string text(kMaxBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) throw ConfigError(name, "cannot be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (looks_like_utf16(text)) throw ConfigError(name, "is UTF-16; save it as UTF-8");
  return text;
}

// What makes a line no text, "" when it is fine.
std::string defect(const std::string& line) {
  if (!is_utf8(line)) return "not UTF-8 text";
  for (const unsigned char c : line)
    if ((c < 0x20 && c != '\t' && c != '\r') || c == 0x7f) return "a control character, byte " + std::to_string(c);
  const std::size_t text = line.find_first_not_of(" \t\r");
  const bool has_text = text != std::string::npos && line[text] != '#';
  if (has_text && line.find('\t') < text) return "a tab in the indentation, use spaces";
  return "";
}

// Returns how many there are. yaml-cpp looks far ahead where brackets open, which takes it a second for a file full of
// them.
int check_lines(const std::string& text, const YamlTree& tree) {
  constexpr int kMaxLines = 20000, kMaxBrackets = YamlTree::kMaxValues;
  std::istringstream lines(text);
  int number = 0, brackets = 0;
  for (std::string line; std::getline(lines, line); ++number) {
    if (const std::string wrong = defect(line); !wrong.empty()) throw ConfigError(tree.origin(number), wrong);
    brackets += static_cast<int>(std::count_if(line.begin(), line.end(), [](char c) { return c == '[' || c == '{'; }));
    if (brackets > kMaxBrackets)
      throw ConfigError(tree.origin(number), "more than " + std::to_string(kMaxBrackets) + " brackets");
    if (number == kMaxLines)
      throw ConfigError(tree.origin(number), "more than " + std::to_string(kMaxLines) + " lines");
  }
  return number;
}

Node parse(const std::string& text, const std::string& name, bool with_lines) {
  if (text.size() > kMaxBytes) throw ConfigError(name, "larger than 1 MiB, too much for a config");
  YamlTree tree(name, with_lines);
  const int lines = check_lines(text, tree);
  try {
    std::istringstream stream(text + kDocumentEnd);
    YAML::Parser parser(stream);
    const bool found = parser.HandleNextDocument(tree);
    YamlTree second(name, with_lines);
    if (found && parser.HandleNextDocument(second)) throw ConfigError(name, "holds more than one YAML document");
  } catch (const YAML::Exception& e) {
    const std::string reason = e.msg == YAML::ErrorMsg::DOC_IN_SCALAR ? "a quote is not closed" : e.msg;
    throw ConfigError(e.mark.is_null() ? name : tree.origin(std::min(e.mark.line, std::max(lines - 1, 0))),
                      "not valid YAML: " + shown(reason));
  }
  return tree.take_root();
}

}  // namespace

Node read_yaml_text(const std::string& text, const std::string& name) {
  Node root = parse(text, file_name(name), true);
  if (root.is_null()) throw ConfigError(file_name(name), "is empty");
  if (!root.is_map()) throw ConfigError(file_name(name), "is not a map of sections (key: value)");
  return root;
}

Node read_yaml_file(const std::string& path) { return read_yaml_text(read_bytes(path), path); }

Node read_yaml_value(const std::string& text, const std::string& origin) {
  const std::size_t first = text.find_first_not_of(' ');
  const bool is_yaml = first != std::string::npos && std::string("[{\"'").find(text[first]) != std::string::npos;
  if (is_yaml) return parse(text, origin, false);
  if (!is_null_word(text)) return Node::scalar(text, origin);
  Node null;
  null.origin = origin;
  return null;
}

}  // namespace miafr
