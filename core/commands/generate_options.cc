#include "core/commands/generate_options.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/commands/setting_options.h"
#include "core/config/load_config.h"
#include "core/image/png.h"
#include "core/runtime/device.h"

namespace miafr {
namespace {

namespace po = boost::program_options;

void describe_run(Options& options) {
  describe_settings<SamplerConfig>(options);
  auto add = options.add();
  add("plms", "the same as --sampler plms");
  add("ddim_eta", po::value<double>()->value_name("X"), "noise of the DDIM sampler: 0 none (default), 1 as DDPM");
  describe_settings<GenerateConfig>(options);
  add("like", po::value<std::string>()->value_name("FILE"),
      "repeat a picture: its settings hold where the command line says nothing else");
  add("C", po::value<std::int64_t>()->value_name("N"), "latent channels; must fit the checkpoint");
  add("f", po::value<std::int64_t>()->value_name("N"), "pixels of a latent's side; must fit, too");
}

void describe_machine(Options& options) {
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  auto add = options.add();
  add("out", text("DIR"), "where pictures go (default: outputs; also --outdir); what is there stays");
  add("skip_grid", "write no grid");
  add("skip_save", "write the grid only");
  add("n_rows", po::value<std::int64_t>()->value_name("N"), "pictures in a row of the grid (default: all)");
  add("save_latents", "a .safetensors file beside each picture");
  add("timings", text("FILE"), "write how long each part took, as JSON");
  add("device", text("D"), "cpu, cuda or auto (default)");
  add("no-strict", "load a checkpoint with missing or unknown keys");
}

// The settings in a picture's text. Everything in it may be wrong, as anybody may have written it.
nlohmann::json read_settings_of(const std::filesystem::path& file) {
  const auto texts = read_png_texts(file);
  const auto found = texts.find("miafr");
  if (found == texts.end()) throw Error(file.string() + ": not a picture of miafr generate, it holds no settings");
  const auto json = nlohmann::json::parse(found->second, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) throw Error(file.string() + ": its settings cannot be read");
  return json;
}

std::string text_of(const nlohmann::json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

// What a picture says of the run that it shares its noise with, in "batch", and of the photo that it was made from.
const Words kOfBatch = {"images", "rounds", "batch_size", "fixed_code"};
const Words kOfPhoto = {"init_image", "strength", "invert", "source_prompt"};

bool contains(const Words& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

LikePicture apply_picture(const std::filesystem::path& file, const nlohmann::json& json, Options& options) {
  if (json.contains("init_image") && !options.has("init-img"))
    throw UsageError(file.string() + " was made from a photo; give it with --init-img");
  if (!options.has("from-file") && !options.has("attribute") && json.contains("prompt"))
    options.set_default("prompt", text_of(json["prompt"]));
  if (json.contains("loras") && !options.has("lora"))
    throw UsageError(file.string() + " was made with a LoRA, " + text_of(json["loras"].at(0).at("file")) +
                     "; give it with --lora");
  const auto take = [&](const nlohmann::json& from, const std::string& key, const std::string& option) {
    if (from.is_object() && from.contains(key)) options.set_default(option, text_of(from[key]));
  };
  const bool same_sampler = !options.has("sampler") && !options.has("plms");
  if (same_sampler) take(json, "sampler", "sampler");
  take(json, "steps", "steps");
  for (const SettingRow& row : section<GenerateConfig>().rows())
    if (!is_of_batch(row.spec.name) && !is_of_photo(row.spec.name)) take(json, row.spec.name, option_of(row));
  if (json.contains("init_image"))
    for (const char* key : {"strength", "invert", "source_prompt"}) take(json["init_image"], key, key);
  if (json.contains("batch")) {
    const nlohmann::json& batch = json["batch"];
    if (batch.value("prompts", 1) != 1)
      throw Error(file.string() +
                  ": it shares its noise (--noise batch) with a run of several prompts; repeat that run");
    for (const std::string& key : kOfBatch) take(batch, key, key);
    take(batch, "n_samples", "images");  // as they were called before 0.2
    take(batch, "n_iter", "rounds");
    log_info(file.string() + " shares its noise with the run that it is from; all of that is repeated");
  }
  LikePicture like{file, "", "", std::nullopt};
  if (json.contains("checkpoint")) like.checkpoint = text_of(json["checkpoint"]);
  if (json.contains("checkpoint_sha256")) like.checkpoint_sha256 = text_of(json["checkpoint_sha256"]);
  if (!same_sampler || !json.contains("sampler")) return like;
  like.sampler_params.emplace();
  if (json.contains("sampler_params"))
    for (const auto& [key, value] : json["sampler_params"].items())
      like.sampler_params->push_back({key, text_of(value), file.string(), "sampler.params." + key});
  return like;
}

LikePicture apply_like(const std::filesystem::path& file, Options& options) {
  try {
    return apply_picture(file, read_settings_of(file), options);
  } catch (const nlohmann::json::exception&) {
    throw Error(file.string() + ": its settings are not as miafr generate writes them");
  }
}

// The last picture's seed is to be one that --seed takes, too.
void check_last_seed(const Options& options, const GenerateSettings& settings) {
  constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
  std::int64_t pictures = 0;
  if (__builtin_mul_overflow(settings.images, settings.rounds, &pictures) || pictures - 1 > kLargest - settings.seed)
    throw UsageError(options.spelled("seed") + " " + std::to_string(settings.seed) +
                     ": the last picture's seed would be over " + std::to_string(kLargest) + "; give a smaller one");
}

GenerateSettings read_settings(const Options& options, const RunConfig& config) {
  GenerateSettings settings;
  static_cast<GenerateConfig&>(settings) = config.generate;
  apply_settings<GenerateConfig>(options, settings);
  if (settings.init_image.empty()) {
    if (options.has("init-img")) throw UsageError(options.spelled("init-img") + " is empty; give a file");
    for (const char* name : {"strength", "invert", "source_prompt"})
      if (options.has(name)) throw UsageError(std::string("--") + name + " needs a photo, --init-img FILE");
  }
  check_last_seed(options, settings);
  return settings;
}

SamplerConfig read_sampler(const Options& options, SamplerConfig config, const std::optional<LikePicture>& like) {
  if (options.has("plms") && options.has("sampler") && options.get<std::string>("sampler") != "plms")
    throw UsageError("--plms and --sampler " + options.get<std::string>("sampler") + " name two samplers");
  const std::string before = config.name;
  apply_settings(options, config);
  if (options.has("plms")) config.name = "plms";
  const PluginChoice named = plugin_named("sampler", config.name);
  if (named.name != before) config.params.clear();  // another sampler's
  if (like && like->sampler_params) config.params = *like->sampler_params;
  config.params.insert(config.params.end(), named.params.begin(), named.params.end());
  config.name = named.name;
  const double eta = value_or(options, "ddim_eta", 0.0);
  if (options.has("ddim_eta") && (eta != 0 || config.name == "ddim"))  // the last: of equal keys the later counts
    config.params.push_back({"eta", nlohmann::json(eta).dump(), "command line: --ddim_eta", "--ddim_eta"});
  return config;
}

at::ScalarType scalar_type(const std::string& dtype) {
  return dtype == "float32" ? at::kFloat : dtype == "float16" ? at::kHalf : at::kBFloat16;
}

// A CPU computes in float32 whatever the weights are stored as. dtype_given: somebody asked for it.
at::ScalarType compute_dtype(const GenerateConfig& config, bool dtype_given, at::Device device) {
  if (device.is_cpu() || config.precision == "full") return at::kFloat;
  return dtype_given ? scalar_type(config.dtype) : at::kHalf;
}

GenerateOptions read(const Options& options, std::optional<LikePicture> like) {
  RunConfig config;
  if (options.has("config")) config = load_config(options.get<std::string>("config")).config;
  GenerateOptions wanted;
  wanted.checkpoint = options.get<std::string>("ckpt");
  wanted.outdir = value_or<std::string>(options, "out", "outputs");
  wanted.timings = value_or<std::string>(options, "timings", "");
  wanted.settings = read_settings(options, config);
  wanted.prompts = read_prompts(options, config);
  wanted.model = config.model;
  wanted.sampler = read_sampler(options, config.sampler, like);
  wanted.settings.steps = wanted.sampler.steps;
  wanted.device = choose_device(value_or<std::string>(options, "device", "auto"));
  const GenerateConfig& settings = wanted.settings;
  const bool dtype_given = options.has("dtype") || settings.dtype != GenerateConfig{}.dtype;
  wanted.settings.compute = compute_dtype(settings, dtype_given, wanted.device);
  wanted.weights = {wanted.device, wanted.device.is_cpu() ? scalar_type(settings.dtype) : wanted.settings.compute,
                    settings.ema, !options.has("no-strict")};
  for (const std::string& lora : options.list("lora")) wanted.loras.push_back(parse_lora_choice(lora));
  if (options.has("C")) wanted.latent_channels = options.get<std::int64_t>("C");
  if (options.has("f")) wanted.factor = options.get<std::int64_t>("f");
  wanted.skip_save = options.has("skip_save");
  wanted.skip_grid = options.has("skip_grid");
  wanted.save_latents = options.has("save_latents");
  if (wanted.save_latents && wanted.skip_save) throw UsageError("--save_latents and --skip_save contradict each other");
  wanted.pictures_per_row = whole_from(options, "n_rows", wanted.pictures_per_row, 1);
  wanted.like = std::move(like);
  return wanted;
}

}  // namespace

bool is_of_batch(const std::string& row) { return contains(kOfBatch, row); }
bool is_of_photo(const std::string& row) { return contains(kOfPhoto, row); }

std::optional<GenerateOptions> read_generate_options(const Arguments& arguments) {
  Options options(
      "generate --ckpt FILE --prompt TEXT [OPTION…]",
      "Paints pictures with a Stable Diffusion v1 checkpoint. Pictures go to DIR/samples with their settings "
      "inside,\nand into DIR/grid-0000.png and DIR/manifest.csv.");
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  options.add()("ckpt", text("FILE"),
                "Stable Diffusion v1 checkpoint: .safetensors, .ckpt or a diffusers folder (required)");
  options.add()(
      "config", text("FILE"),
      "a run's config: of the checkpoint, if it is not plain Stable Diffusion v1; sampler, prompts, generate");
  options.add()("lora", po::value<std::vector<std::string>>()->value_name("FILE[:X]")->composing(),
                "a LoRA to add, X times (default: 1); may be repeated");
  describe_prompt_options(options);
  describe_run(options);
  describe_machine(options);
  if (!options.parse(arguments)) return std::nullopt;
  if (!options.has("ckpt")) throw UsageError("missing --ckpt FILE; see: miafr generate --help");
  std::optional<LikePicture> like;
  if (options.has("like")) like = apply_like(options.get<std::string>("like"), options);
  return read(options, std::move(like));
}

}  // namespace miafr
