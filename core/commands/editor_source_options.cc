#include "core/commands/editor_source_options.h"

#include "core/commands/option_values.h"
#include "core/io/cache_folder.h"

namespace miafr {

void describe_editor_sources(Options& options) {
  namespace po = boost::program_options;
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  auto add = options.add();
  add("aligned", "the photos are the editor's own crops: no face is looked for");
  add("detector", text("NAME"), "face detector plugin, for editors that ask for face points (default: mtcnn)");
  add("mask", text("PATH"),
      "for editors that ask: a picture, or a folder of them named as the photos; white may change");
  add("depth", text("PATH"), "the same with depth maps; white is near");
  add("references", text("DIR"), "for editors that ask: more photos of the person, or a folder for each person");
  add("no-cache", "look for faces anew, and keep nothing in ~/.cache/miafr");
}

EditorSources read_editor_sources(const Options& options) {
  EditorSources sources;
  sources.detector = plugin_named("detector", value_or<std::string>(options, "detector", "mtcnn"));
  sources.places.aligned = options.has("aligned");
  sources.places.masks = value_or<std::string>(options, "mask", "");
  sources.places.depths = value_or<std::string>(options, "depth", "");
  sources.places.references = value_or<std::string>(options, "references", "");
  if (const auto cache = cache_folder(); cache && !options.has("no-cache"))
    sources.faces.cache_folder = (*cache / "faces").string();
  return sources;
}

}  // namespace miafr
