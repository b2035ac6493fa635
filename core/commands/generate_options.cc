#include "core/commands/generate_options.h"

#include <nlohmann/json.hpp>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/config/load_config.h"
#include "core/image/png.h"
#include "core/runtime/device.h"

namespace miafr {
namespace {

namespace po = boost::program_options;

void describe_run(Options& options) {
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  const auto whole = [](const char* name) { return po::value<std::int64_t>()->value_name(name); };
  const auto real = [](const char* name) { return po::value<double>()->value_name(name); };
  auto add = options.add();
  add("sampler", text("NAME"), "sampler plugin (default: ddim); NAME:key=value,… sets its parameters");
  add("plms", "the same as --sampler plms");
  add("steps", whole("N"), "sampler steps (default: 50)");
  add("ddim_steps", whole("N"), "the same as --steps");
  add("ddim_eta", real("X"), "noise of the DDIM sampler: 0 none (default), 1 as DDPM");
  add("scale", real("X"), "guidance scale (default: 7.5)");
  add("seed", whole("N"), "random seed (default: 42)");
  add("noise", text("HOW"), "per_image (default): a picture's noise depends on its seed alone; batch: as published");
  add("fixed_code", "every round begins with the same noise");
  add("n_samples", whole("N"), "pictures of each prompt in a round (default: 1)");
  add("n_iter", whole("N"), "rounds (default: 1)");
  add("batch_size", whole("N"), "pictures computed together (default: n_samples)");
  add("H", whole("N"), "height in pixels (default: 512)");
  add("W", whole("N"), "width in pixels (default: 512)");
  add("C", whole("N"), "latent channels; must fit the checkpoint");
  add("f", whole("N"), "pixels of a latent's side; must fit, too");
  add("like", text("FILE"), "repeat a picture: its settings hold where the command line says nothing else");
  add("init-img", text("FILE"), "begin with this photo, squeezed to H x W");
  add("strength", real("X"), "share of the steps that the photo is taken through, over 0 to 1 (default: 0.75)");
  add("invert", "find the photo's noise by running the sampler in reverse, instead of drawing it");
  add("source_prompt", text("TEXT"), "what the photo shows, for --invert (default: nothing)");
}

void describe_machine(Options& options) {
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  auto add = options.add();
  add("outdir", text("DIR"), "where pictures go (default: outputs); what is there stays");
  add("skip_grid", "write no grid");
  add("skip_save", "write the grid only");
  add("n_rows", po::value<std::int64_t>()->value_name("N"), "pictures in a row of the grid (default: all)");
  add("save_latents", "a .safetensors file beside each picture");
  add("timings", text("FILE"), "write how long each part took, as JSON");
  add("device", text("D"), "cpu, cuda or auto (default)");
  add("dtype", text("T"), "of the weights: float32, float16 or bfloat16; half the memory, slower on a CPU");
  add("precision", text("P"), "autocast (default): the U-Net computes in half precision on CUDA; or full");
  add("ema", "the averaged weights, where the checkpoint has them");
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

LikePicture apply_settings(const std::filesystem::path& file, const nlohmann::json& json, Options& options) {
  if (json.contains("init_image") && !options.has("init-img"))
    throw UsageError(file.string() + " was made from a photo; give it with --init-img");
  if (!options.has("from-file") && !options.has("attribute") && json.contains("prompt"))
    options.set_default("prompt", text_of(json["prompt"]));
  const bool same_sampler = !options.has("sampler") && !options.has("plms");
  const auto take = [&](const nlohmann::json& from, const std::string& key, const std::string& option) {
    if (from.is_object() && from.contains(key)) options.set_default(option, text_of(from[key]));
  };
  if (json.contains("loras") && !options.has("lora"))
    throw UsageError(file.string() + " was made with a LoRA, " + text_of(json["loras"].at(0).at("file")) +
                     "; give it with --lora");
  for (const char* key : {"negative_prompt", "seed", "noise", "scale"}) take(json, key, key);
  if (same_sampler) take(json, "sampler", "sampler");
  if (!options.has("ddim_steps")) take(json, "steps", "steps");
  take(json, "width", "W");
  take(json, "dtype", "dtype");
  if (json.value("ema", false)) options.set_default("ema", "");
  take(json, "height", "H");
  if (json.contains("init_image")) {
    take(json["init_image"], "strength", "strength");
    take(json["init_image"], "source_prompt", "source_prompt");
    if (json["init_image"].value("invert", false)) options.set_default("invert", "");
  }
  if (json.contains("batch")) {
    if (json["batch"].value("prompts", 1) != 1)
      throw Error(file.string() +
                  ": it shares its noise (--noise batch) with a run of several prompts; repeat that run");
    for (const char* key : {"n_samples", "n_iter", "batch_size"}) take(json["batch"], key, key);
    if (json["batch"].value("fixed_code", false)) options.set_default("fixed_code", "");
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
    return apply_settings(file, read_settings_of(file), options);
  } catch (const nlohmann::json::exception&) {
    throw Error(file.string() + ": its settings are not as miafr generate writes them");
  }
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
  return settings;
}

void read_photo_settings(const Options& options, GenerateSettings& settings) {
  for (const char* name : {"strength", "invert", "source_prompt"})
    if (options.has(name) && !options.has("init-img"))
      throw UsageError(std::string("--") + name + " needs a photo, --init-img FILE");
  if (!options.has("init-img")) return;
  if (options.get<std::string>("init-img").empty()) throw UsageError("--init-img is empty; give a file");
  settings.invert = options.has("invert");
  settings.strength = value_or(options, "strength", settings.invert ? 1.0 : 0.75);
  if (!(settings.strength > 0 && settings.strength <= 1)) throw UsageError("--strength must be over 0 and at most 1");
  settings.source_prompt = value_or<std::string>(options, "source_prompt", "");
}

SamplerConfig read_sampler(const Options& options, SamplerConfig config, const std::optional<LikePicture>& like,
                           std::int64_t steps) {
  if (options.has("plms") && options.has("sampler") && options.get<std::string>("sampler") != "plms")
    throw UsageError("--plms and --sampler " + options.get<std::string>("sampler") + " name two samplers");
  const PluginChoice named =
      plugin_named("sampler", options.has("plms") ? "plms" : value_or(options, "sampler", config.name));
  const std::string& name = named.name;
  if (name != config.name) config.params.clear();  // another sampler's
  if (like && like->sampler_params) config.params = *like->sampler_params;
  config.params.insert(config.params.end(), named.params.begin(), named.params.end());
  config.name = name;
  config.steps = steps;
  const double eta = value_or(options, "ddim_eta", 0.0);
  if (options.has("ddim_eta") && (eta != 0 || name == "ddim"))  // the last: of equal keys the later counts
    config.params.push_back({"eta", nlohmann::json(eta).dump(), "command line: --ddim_eta", "--ddim_eta"});
  return config;
}

std::string dtype_name(at::ScalarType type) {
  return type == at::kFloat ? "float32" : type == at::kHalf ? "float16" : "bfloat16";
}

at::ScalarType read_dtype(const Options& options) {
  const std::string name = one_of(options, "dtype", {"float32", "float16", "bfloat16"});
  return name == "float32" ? at::kFloat : name == "float16" ? at::kHalf : at::kBFloat16;
}

// A CPU computes in float32 whatever the weights are stored as.
at::ScalarType compute_dtype(const Options& options, at::Device device) {
  const bool full = one_of(options, "precision", {"autocast", "full"}) == "full";
  if (device.is_cpu() || full) return at::kFloat;
  return options.has("dtype") ? read_dtype(options) : at::kHalf;
}

GenerateOptions read(const Options& options, std::optional<LikePicture> like) {
  RunConfig config;
  if (options.has("config")) config = load_config(options.get<std::string>("config")).config;
  GenerateOptions wanted;
  wanted.checkpoint = options.get<std::string>("ckpt");
  wanted.outdir = value_or<std::string>(options, "outdir", "outputs");
  wanted.timings = value_or<std::string>(options, "timings", "");
  wanted.prompts = read_prompts(options, config);
  wanted.model = config.model;
  wanted.settings = read_settings(options, config);
  read_photo_settings(options, wanted.settings);
  wanted.init_image = value_or<std::string>(options, "init-img", "");
  wanted.sampler = read_sampler(options, config.sampler, like, wanted.settings.steps);
  wanted.device = choose_device(value_or<std::string>(options, "device", "auto"));
  wanted.settings.compute = compute_dtype(options, wanted.device);
  wanted.weights = {wanted.device, wanted.device.is_cpu() ? read_dtype(options) : wanted.settings.compute,
                    options.has("ema"), !options.has("no-strict")};
  for (const std::string& lora : options.list("lora")) wanted.loras.push_back(parse_lora_choice(lora));
  wanted.dtype = dtype_name(wanted.weights.dtype);
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

std::optional<GenerateOptions> read_generate_options(const Arguments& arguments) {
  Options options(
      "generate --ckpt FILE --prompt TEXT [OPTION…]",
      "Paints pictures with a Stable Diffusion v1 checkpoint. Pictures go to DIR/samples with their settings "
      "inside,\nand into DIR/grid-0000.png and DIR/manifest.csv.");
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  options.add()("ckpt", text("FILE"),
                "Stable Diffusion v1 checkpoint: .safetensors, .ckpt or a diffusers folder (required)");
  options.add()("config", text("FILE"),
                "config of the checkpoint, if it is not plain Stable Diffusion v1; may list prompts");
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
