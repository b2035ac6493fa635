#include "core/commands/prompt_options.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string_view>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/base/text_encoding.h"
#include "core/commands/option_values.h"
#include "core/config/attributes.h"

namespace miafr {
namespace {

std::vector<Prompt> lines_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(in), {});
  if (!in) throw Error(file + ": cannot be read");
  if (const std::string defect = encoding_defect(bytes); !defect.empty()) throw Error(file + ": " + defect);
  const std::string_view text = without_byte_order_mark(bytes);
  std::vector<Prompt> lines;
  for (std::size_t begin = 0, end = 0; begin < text.size(); begin = end + 1) {
    end = std::min(text.find_first_of("\r\n", begin), text.size());
    if (end > begin) lines.push_back({std::string(text.substr(begin, end - begin)), ""});
  }
  if (lines.empty()) throw Error(file + ": holds no prompt");
  return lines;
}

std::vector<PlaceWord> read_ages(const Options& options) {
  std::vector<PlaceWord> ages;
  if (!options.has("age")) return ages;
  for (const std::string& age : words_of(options, "age")) ages.push_back({age, age});
  return ages;
}

std::vector<PlaceWord> attribute_words(const Options& options, const AttributeTable& table) {
  const bool glued = one_of(options, "spelling", {"glued", "spaced"}) == "glued";
  std::vector<PlaceWord> words;
  const auto add = [&](const Attribute& attribute) {
    words.push_back({attribute.name, glued ? attribute.glued : attribute.spaced});
  };
  if (options.get<std::string>("attribute") == "all")
    for (const Attribute& attribute : table.attributes) add(attribute);
  else
    for (const std::string& name : words_of(options, "attribute")) add(table.find(name));
  return words;
}

std::vector<Prompt> read_templates(const Options& options, const RunConfig& config) {
  if (options.has("prompt") && options.has("from-file")) throw UsageError("give one of --prompt and --from-file");
  if (options.has("prompt")) return {{options.get<std::string>("prompt"), ""}};
  if (options.has("from-file")) return lines_of(options.get<std::string>("from-file"));
  std::vector<Prompt> prompts;
  for (const PromptConfig& prompt : config.prompts) prompts.push_back({prompt.text, prompt.label});
  return prompts;
}

void warn_of_text(const std::vector<Prompt>& prompts, const std::string& negative_prompt) {
  std::vector<std::string> texts = {negative_prompt};
  for (const Prompt& prompt : prompts) texts.push_back(prompt.text);
  for (const std::string& line : taken_as_text(texts, {"age", "attribute", "token", "class"})) log_warning(line);
}

}  // namespace

void describe_prompt_options(Options& options) {
  namespace po = boost::program_options;
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  auto add = options.add();
  add("prompt", text("TEXT"), "what to paint; {age}, {attribute}, {token} and {class} are filled in");
  add("from-file", text("FILE"), "prompts, one a line, in place of --prompt");
  add("age", text("A,B,…"), "words for {age}: a row of the grid each");
  add("attribute", text("A,B,…"),
      "named attributes for {attribute}, or all; without --prompt: \"photo of a {token} …\"");
  add("attribute-file", text("FILE"), "the names and phrases (default: the 26 of share/miafr/attributes.yaml)");
  add("spelling", text("S"), "of the attributes: glued (default), as the published captions have them, or spaced");
  add("token", text("WORD"), "for {token}, the word the person was trained under (default: sks)");
  add("class_word", text("WORD"), "for {class} (default: person)");
}

std::vector<Prompt> read_prompts(const Options& options, const RunConfig& config) {
  std::vector<Prompt> prompts = read_templates(options, config);
  if (options.has("attribute")) {
    const AttributeTable table = read_attributes(value_or(options, "attribute-file", shared_file("attributes.yaml")));
    if (prompts.empty()) prompts = {{table.prompt, ""}};
    prompts = expand_place(prompts, "attribute", "--attribute", attribute_words(options, table));
  } else {
    prompts = expand_place(prompts, "attribute", "--attribute", {});
  }
  if (prompts.empty()) throw UsageError("give --prompt, --from-file or --attribute, or prompts in the config");
  prompts = expand_place(prompts, "age", "--age", read_ages(options));
  for (Prompt& prompt : prompts) {
    fill_place(prompt.text, "{token}", value_or<std::string>(options, "token", "sks"));
    fill_place(prompt.text, "{class}", value_or<std::string>(options, "class_word", "person"));
  }
  warn_of_text(prompts, value_or(options, "negative_prompt", config.generate.negative_prompt));
  return prompts;
}

}  // namespace miafr
