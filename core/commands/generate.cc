// miafr generate: pictures from prompts.
#include "core/pipeline/generate.h"

#include <unistd.h>

#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "core/commands/options.h"
#include "core/config/load_config.h"
#include "core/pipeline/output_folder.h"
#include "core/plugin/sampler.h"
#include "core/runtime/device.h"
#include "core/runtime/errors.h"
#include "core/runtime/interrupt.h"
#include "core/runtime/log.h"
#include "core/runtime/plugin_host.h"
#include "core/runtime/progress.h"
#include "core/version.h"

namespace miafr {
namespace {

namespace po = boost::program_options;
namespace fs = std::filesystem;

void describe_options(Options& options) {
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  const auto whole = [](const char* name) { return po::value<std::int64_t>()->value_name(name); };
  const auto real = [](const char* name) { return po::value<double>()->value_name(name); };
  options.add()("ckpt", text("FILE"), "Stable Diffusion v1 checkpoint, .safetensors or .ckpt (required)")(
      "prompt", text("TEXT"), "what to paint; {age} stands for each --age")(
      "from-file", text("FILE"), "prompts, one a line, in place of --prompt")(
      "age", text("A,B,…"), "words for {age}: a row of the grid each")("negative_prompt", text("TEXT"),
                                                                       "what to stay away from (default: nothing)")(
      "outdir", text("DIR"), "where pictures go (default: outputs); what is there stays")(
      "config", text("FILE"), "config of the checkpoint, if it is not plain Stable Diffusion v1")(
      "sampler", text("NAME"), "sampler plugin (default: ddim)")("plms", "the same as --sampler plms")(
      "steps", whole("N"), "sampler steps (default: 50)")("ddim_steps", whole("N"), "the same as --steps")(
      "ddim_eta", real("X"), "noise of the DDIM sampler: 0 none (default), 1 as DDPM")(
      "scale", real("X"), "guidance scale (default: 7.5)")("seed", whole("N"), "random seed (default: 42)")(
      "n_samples", whole("N"), "pictures of each prompt in a round (default: 1)")(
      "n_iter", whole("N"), "rounds (default: 1)")("batch_size", whole("N"),
                                                   "pictures computed together (default: n_samples)")(
      "H", whole("N"), "height in pixels (default: 512)")("W", whole("N"), "width in pixels (default: 512)")(
      "C", whole("N"), "latent channels; must fit the checkpoint")(
      "f", whole("N"), "pixels of a latent's side; must fit, too")("fixed_code",
                                                                   "every round begins with the same noise")(
      "noise", text("HOW"), "per_image (default): a picture's noise depends on its seed alone; batch: as published")(
      "precision", text("P"), "full or autocast; the CPU always computes in full")("skip_grid", "write no grid")(
      "skip_save", "write the grid only")("n_rows", whole("N"), "pictures in a row of the grid (default: all)")(
      "device", text("D"), "cpu, cuda or auto (default)")("ema", "the averaged weights, where the checkpoint has them")(
      "no-strict", "load a checkpoint with missing or unknown keys");
}

template <class T>
T value_or(const Options& options, const std::string& name, T otherwise) {
  return options.has(name) ? options.get<T>(name) : otherwise;
}

std::int64_t whole_from(const Options& options, const std::string& name, std::int64_t otherwise, std::int64_t least) {
  const auto value = value_or<std::int64_t>(options, name, otherwise);
  if (value < least)
    throw UsageError("--" + name + " " + std::to_string(value) + ": must be " + std::to_string(least) + " or more");
  return value;
}

std::string one_of(const Options& options, const std::string& name, const std::vector<std::string>& words) {
  const auto value = value_or(options, name, words.front());
  std::string all;
  for (const std::string& word : words) {
    if (value == word) return value;
    all += (all.empty() ? "" : ", ") + word;
  }
  throw UsageError("--" + name + " " + value + ": allowed are " + all);
}

std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw Error(file + ": cannot be read");
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) lines.push_back(line);
  }
  if (lines.empty()) throw Error(file + ": holds no prompt");
  return lines;
}

std::vector<std::string> words_of(const std::string& list) {
  std::vector<std::string> words;
  std::string word;
  for (std::istringstream in(list); std::getline(in, word, ',');)
    if (!word.empty()) words.push_back(word);
  return words;
}

std::vector<std::string> read_prompts(const Options& options) {
  if (options.has("prompt") == options.has("from-file")) throw UsageError("give one of --prompt and --from-file");
  std::vector<std::string> templates;
  if (options.has("prompt"))
    templates = {options.get<std::string>("prompt")};
  else
    templates = lines_of(options.get<std::string>("from-file"));
  const std::vector<std::string> ages = words_of(value_or<std::string>(options, "age", ""));
  const std::string place = "{age}";
  std::vector<std::string> prompts;
  bool used = false;
  for (const std::string& text : templates) {
    const std::size_t at = text.find(place);
    if (at == std::string::npos)
      prompts.push_back(text);
    else if (ages.empty())
      throw UsageError("the prompt has {age}; say which with --age child,elderly");
    else
      for (const std::string& age : ages) prompts.push_back(text.substr(0, at) + age + text.substr(at + place.size()));
    used |= at != std::string::npos;
  }
  if (!ages.empty() && !used) throw UsageError("--age needs {age} in the prompt");
  return prompts;
}

GenerateSettings read_settings(const Options& options, const RunConfig& config) {
  GenerateSettings settings;
  settings.height = whole_from(options, "H", 512, 8);
  settings.width = whole_from(options, "W", 512, 8);
  settings.n_samples = whole_from(options, "n_samples", 1, 1);
  settings.n_iter = whole_from(options, "n_iter", 1, 1);
  settings.batch_size = whole_from(options, "batch_size", settings.n_samples, 1);
  settings.steps = whole_from(options, "steps", whole_from(options, "ddim_steps", config.sampler.steps, 1), 1);
  settings.scale = value_or(options, "scale", 7.5);
  settings.seed = static_cast<std::uint64_t>(whole_from(options, "seed", 42, 0));
  settings.batch_noise = one_of(options, "noise", {"per_image", "batch"}) == "batch";
  settings.fixed_code = options.has("fixed_code");
  settings.negative_prompt = value_or<std::string>(options, "negative_prompt", "");
  one_of(options, "precision", {"full", "autocast"});
  return settings;
}

SamplerConfig read_sampler(const Options& options, SamplerConfig config, std::int64_t steps) {
  if (options.has("plms") && options.has("sampler") && options.get<std::string>("sampler") != "plms")
    throw UsageError("--plms and --sampler " + options.get<std::string>("sampler") + " name two samplers");
  const std::string name = options.has("plms") ? "plms" : value_or(options, "sampler", config.name);
  if (name != config.name) config.params.clear();  // another sampler's
  config.name = name;
  config.steps = steps;
  const double eta = value_or(options, "ddim_eta", 0.0);
  if (options.has("ddim_eta") && (eta != 0 || name == "ddim"))
    config.params.push_back({"eta", std::to_string(eta), "command line: --ddim_eta", "--ddim_eta"});
  return config;
}

// What made a picture, for its text chunk. The checkpoint goes by name and hash: paths are nobody's business.
std::string settings_text(const GenerateSettings& settings, const SamplerConfig& sampler, const std::string& prompt,
                          const GeneratedImage& image, const fs::path& checkpoint) {
  nlohmann::ordered_json json = {{"program", std::string("miafr ") + kVersion},
                                 {"synthetic", true},
                                 {"prompt", prompt},
                                 {"negative_prompt", settings.negative_prompt},
                                 {"seed", image.seed},
                                 {"noise", settings.batch_noise ? "batch" : "per_image"},
                                 {"sampler", sampler.name},
                                 {"steps", settings.steps},
                                 {"scale", settings.scale},
                                 {"width", settings.width},
                                 {"height", settings.height},
                                 {"checkpoint", checkpoint.filename().string()}};
  for (const RawParam& param : sampler.params) json["sampler_params"][param.key] = param.text;
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Rows of the grid: a prompt each, broken after n_rows pictures.
std::vector<GridRow> grid_rows(const std::vector<std::string>& prompts,
                               const std::vector<std::vector<at::Tensor>>& pictures, std::int64_t per_row) {
  std::vector<GridRow> rows;
  for (std::size_t i = 0; i < prompts.size(); ++i)
    for (std::size_t j = 0; j < pictures[i].size(); ++j) {
      if (j % per_row == 0) rows.push_back({prompts[i], {}});
      rows.back().pictures.push_back(pictures[i][j]);
    }
  return rows;
}

// The program's own copy of CLIP's vocabulary.
fs::path vocabulary() {
  return executable_path().parent_path().parent_path() / "share" / "miafr" / "bpe_simple_vocab_16e6.txt.gz";
}

void check_published_sizes(const Options& options, const StableDiffusion& model) {
  const AutoencoderConfig autoencoder = model.autoencoder_config();
  const auto check = [&](const char* name, std::int64_t is) {
    if (options.has(name) && options.get<std::int64_t>(name) != is)
      throw UsageError(std::string("--") + name + " " + std::to_string(options.get<std::int64_t>(name)) +
                       ": the checkpoint's autoencoder has " + std::to_string(is));
  };
  check("C", autoencoder.latent_channels);
  check("f", autoencoder.factor());
}

}  // namespace

int run_generate(const GlobalOptions& globals, const Arguments& arguments) {
  Options options(
      "generate --ckpt FILE --prompt TEXT [OPTION…]",
      "Paints pictures with a Stable Diffusion v1 checkpoint. Pictures go to DIR/samples with their settings "
      "inside,\nand into DIR/grid-0000.png and DIR/manifest.csv.");
  describe_options(options);
  if (!options.parse(arguments)) return 0;
  if (!options.has("ckpt")) throw UsageError("missing --ckpt FILE; see: miafr generate --help");
  const std::vector<std::string> prompts = read_prompts(options);
  LoadedConfig loaded;
  if (options.has("config")) loaded = load_config(options.get<std::string>("config"));
  const RunConfig& config = loaded.config;
  const GenerateSettings settings = read_settings(options, config);
  const SamplerConfig sampler_config = read_sampler(options, config.sampler, settings.steps);
  const at::Device device = choose_device(value_or<std::string>(options, "device", "auto"));

  PluginRegistry registry(PluginRegistry::default_folders(globals.plugin_dirs));
  RunSettings run{device, settings.seed, settings.batch_size, default_model_folders(globals.models_dirs)};
  const auto library = registry.find(PluginKind<Sampler>::kName, sampler_config.name);
  PluginHost host(library->title(), run, registry);
  const auto sampler = PluginLibrary::create<Sampler>(
      library, resolve_params(library->params(), sampler_config.params, "sampler.params"), host);

  CheckpointParameters::Options weights;
  weights.device = device;
  weights.ema = options.has("ema");
  weights.strict = !options.has("no-strict");
  const fs::path checkpoint = options.get<std::string>("ckpt");
  StableDiffusion model(checkpoint, config.model, weights);
  check_published_sizes(options, model);
  const ClipTokenizer tokenizer(vocabulary());
  OutputFolder folder(value_or<std::string>(options, "outdir", "outputs"));

  std::vector<std::vector<at::Tensor>> pictures(prompts.size());
  std::int64_t saved = 0;
  std::optional<Progress> progress;
  const GenerateCallbacks callbacks{
      [&](const GeneratedImage& image) {
        pictures[image.prompt].push_back(image.pixels);
        if (options.has("skip_save")) return;
        const std::string text = settings_text(settings, sampler_config, prompts[image.prompt], image, checkpoint);
        folder.add(
            image.pixels, {{"miafr", text}},
            {prompts[image.prompt], settings.negative_prompt, image.seed, settings.batch_noise ? "batch" : "per_image",
             sampler_config.name, settings.steps, settings.scale, checkpoint.filename().string(), image.seconds});
        ++saved;
      },
      [&](std::int64_t done, std::int64_t total) {
        if (!progress) progress.emplace("generate", "step", total, std::cerr, ::isatty(STDERR_FILENO) != 0);
        progress->update(done);
        throw_if_interrupted();
      }};
  const auto finish = [&] {
    progress.reset();
    if (!options.has("skip_grid") && !(pictures.front().empty()))
      std::cout << folder.add_grid(grid_rows(prompts, pictures, whole_from(options, "n_rows", 1 << 20, 1))).string()
                << "\n";
  };
  try {
    generate(model, config.model, tokenizer, *sampler, prompts, settings, device, callbacks);
  } catch (const Cancelled&) {
    finish();
    throw;
  }
  finish();
  if (saved > 0) log_info(std::to_string(saved) + (saved == 1 ? " picture" : " pictures") + " saved");
  return 0;
}

}  // namespace miafr
