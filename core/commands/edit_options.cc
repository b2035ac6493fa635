#include "core/commands/edit_options.h"

#include "core/base/errors.h"
#include "core/commands/editor_source_options.h"
#include "core/commands/option_values.h"

namespace miafr {
namespace {

namespace po = boost::program_options;

void describe(Options& options) {
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  const auto whole = [](const char* name) { return po::value<std::int64_t>()->value_name(name); };
  auto add = options.add();
  add("editor", text("NAME"), "editor plugin; NAME:key=value,… sets its parameters (required)");
  add("input", po::value<std::vector<std::string>>()->value_name("PHOTO…")->multitoken()->composing(),
      "photos, a folder of them, or a folder with one for each person (required)");
  add("age", text("A,B,…"), "ages to edit to: what the editor names so, or years");
  add("attribute", text("A,B,…"), "attributes to edit to: eyeglasses, no_eyeglasses; smile:1.5 with a strength");
  add("prompt", text("TEXT"), "a text to edit to; {age}, {attribute}, {token} and {class} are filled in");
  add("token", text("WORD"), "for {token}, the word the person was trained under (default: sks)");
  add("class_word", text("WORD"), "for {class} (default: person)");
  add("out", text("DIR"), "where pictures go (default: outputs; also --outdir); what is there is not made again");
  add("overwrite", "remove the pictures that the folder has first");
  add("seed", whole("N"), "random seed (default: 42)");
  add("limit", whole("N"), "the first N photos by name, of each person");
  add("paste-back", "put the edited crop back into the photo, with a soft border");
  add("attributes", text("CSV"),
      "what the photos show, for editors that ask: column file, a column for each attribute");
  add("device", text("D"), "cpu, cuda or auto (default)");
}

std::vector<std::string> words_if_given(const Options& options, const std::string& name) {
  return options.has(name) ? words_of(options, name) : std::vector<std::string>{};
}

std::vector<PlaceWord> spoken(const std::vector<std::string>& names) {
  std::vector<PlaceWord> words;
  for (const std::string& name : names) {
    std::string text = name;
    for (char& c : text)
      if (c == '_') c = ' ';
    words.push_back({name, text});
  }
  return words;
}

// Ages and attributes fill the prompt's places; without a place they are targets of their own.
WantedTargets read_targets(const Options& options) {
  WantedTargets wanted;
  wanted.ages = words_if_given(options, "age");
  wanted.attributes = words_if_given(options, "attribute");
  if (options.has("prompt")) {
    const auto prompt = options.get<std::string>("prompt");
    if (prompt.empty()) throw UsageError("--prompt is empty; give a text");
    wanted.texts = {{prompt, ""}};
    const auto fill = [&](const char* place, const char* option, std::vector<std::string>& names) {
      if (prompt.find("{" + std::string(place) + "}") == std::string::npos) return;
      wanted.texts = expand_place(wanted.texts, place, option, spoken(names));
      names.clear();
    };
    fill("attribute", "--attribute", wanted.attributes);
    fill("age", "--age", wanted.ages);
    for (Prompt& text : wanted.texts) {
      fill_place(text.text, "{token}", value_or<std::string>(options, "token", "sks"));
      fill_place(text.text, "{class}", value_or<std::string>(options, "class_word", "person"));
    }
  }
  if (wanted.ages.empty() && wanted.attributes.empty() && wanted.texts.empty())
    throw UsageError("give --age, --attribute or --prompt; see: miafr edit --help");
  return wanted;
}

EditOptions read(const Options& options) {
  for (const char* name : {"editor", "input"})
    if (!options.has(name)) throw UsageError(std::string("missing --") + name + "; see: miafr edit --help");
  EditOptions wanted;
  wanted.editor = plugin_named("editor", options.get<std::string>("editor"));
  wanted.targets = read_targets(options);
  wanted.input = options.list("input");
  wanted.limit = options.has("limit") ? whole_from(options, "limit", 1, 1) : 0;
  wanted.outdir = value_or<std::string>(options, "out", "outputs");
  wanted.seed = static_cast<std::uint64_t>(whole_from(options, "seed", 42, 0));
  wanted.sources = read_editor_sources(options);
  if (options.has("attributes"))
    wanted.sources.places.attributes = KnownAttributes(options.get<std::string>("attributes"));
  wanted.paste_back = options.has("paste-back");
  wanted.overwrite = options.has("overwrite");
  wanted.device = value_or<std::string>(options, "device", "auto");
  return wanted;
}

}  // namespace

std::optional<EditOptions> read_edit_options(const Arguments& arguments) {
  Options options("edit --editor NAME --input PHOTO… --age A,B,… [OPTION…]",
                  "Edits photos with an editor plugin: a picture of each photo for each age, attribute and text. "
                  "Pictures\ngo to DIR/samples with their settings inside, and into DIR/grid-0000.png and "
                  "DIR/manifest.csv; of a\nfolder with one for each person, to DIR/PERSON/samples and so on, as miafr "
                  "evaluate --probes takes them.");
  describe(options);
  describe_editor_sources(options);
  if (!options.parse(arguments)) return std::nullopt;
  return read(options);
}

}  // namespace miafr
