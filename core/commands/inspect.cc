// miafr inspect: what a checkpoint holds, without reading its tensors unless it is asked to.
#include <torch/types.h>

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <sstream>

#include "core/base/text.h"
#include "core/commands/options.h"
#include "core/io/checkpoint.h"
#include "core/io/name_tables.h"
#include "core/models/checkpoint_parameters.h"
#include "core/models/convert.h"
#include "core/models/finite.h"
#include "core/models/other_model.h"
#include "core/models/tensor_file.h"
#include "core/nn/autoencoder_kl.h"
#include "core/nn/clip_text_encoder.h"
#include "core/nn/unet.h"

namespace miafr {
namespace {

namespace po = boost::program_options;

constexpr const char* kUNet = "model.diffusion_model";
constexpr const char* kAutoencoder = "first_stage_model";
constexpr const char* kText = "cond_stage_model.transformer.text_model";

std::string millions(std::int64_t count) {
  if (count < 100'000) return std::to_string(count);
  std::ostringstream text;
  text << std::fixed << std::setprecision(1) << count / 1e6 << " M";
  return text.str();
}

// Elements of the tensors whose names begin with either, the one of CompVis' layout or of diffusers'.
std::int64_t parameters_below(const Checkpoint& checkpoint, const std::string& compvis, const std::string& diffusers) {
  std::int64_t count = 0;
  for (const auto& [name, entry] : checkpoint.entries)
    if (starts_with(usual_compvis_name(name), compvis + ".") || starts_with(name, diffusers + "."))
      count += entry.info.numel();
  return count;
}

// A text of the file on one line of the terminal: cut, and free of control characters.
std::string on_one_line(std::string text) {
  constexpr std::size_t kShown = 100;
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 32 || c == 127) c = ' ';
  return text.size() > kShown ? text.substr(0, kShown) + "…" : text;
}

std::string architecture(const Checkpoint& checkpoint) {
  const CheckpointParameters parameters(checkpoint, {});
  const ShapeLookup shape_of = parameters.shape_lookup();
  std::ostringstream out;
  if (const auto unet = UNetConfig::from_checkpoint(shape_of, kUNet, 1))
    out << "U-Net         " << millions(parameters_below(checkpoint, kUNet, "unet")) << " parameters, "
        << unet->model_channels << " channels x " << to_text(unet->channel_mult) << ", text of " << unet->context_dim
        << ", " << unet->in_channels << " input channels" << (unet->in_channels == 9 ? " (inpainting)" : "") << "\n";
  if (const auto autoencoder = AutoencoderConfig::from_checkpoint(shape_of, kAutoencoder))
    out << "autoencoder   " << millions(parameters_below(checkpoint, kAutoencoder, "vae")) << " parameters, "
        << autoencoder->latent_channels << " latent channels, 1/" << autoencoder->factor() << " of the side\n";
  if (const auto text = ClipTextConfig::from_checkpoint(shape_of, kText, 1))
    out << "text encoder  " << millions(parameters_below(checkpoint, kText, "text_encoder")) << " parameters, CLIP, "
        << text->num_layers << " layers of " << text->hidden_size << "\n";
  if (const std::int64_t ema = parameters_below(checkpoint, "model_ema", "model_ema"); ema > 1000)
    out << "EMA           " << millions(ema) << " parameters; generate --ema uses them\n";
  return out.str();
}

void print_summary(const Checkpoint& checkpoint) {
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> by_dtype;  // tensors, elements
  std::int64_t bytes = 0;
  for (const auto& [name, entry] : checkpoint.entries) {
    auto& [tensors, elements] = by_dtype[name_of(entry.info.dtype)];
    ++tensors;
    elements += entry.info.numel();
    bytes += entry.info.numel() * static_cast<std::int64_t>(size_of(entry.info.dtype));
  }
  std::cout << "format        " << checkpoint.format << ", " << checkpoint.entries.size() << " tensors, " << std::fixed
            << std::setprecision(1) << bytes / 1e6 << " MB\n";
  const std::string networks = architecture(checkpoint);
  if (!networks.empty())  // names that belong to no network have no layout
    std::cout << "layout        " << (layout_of(checkpoint) == Layout::kDiffusers ? "diffusers" : "compvis") << "\n";
  for (const auto& [dtype, count] : by_dtype)
    std::cout << std::left << std::setw(14) << dtype << count.first << (count.first == 1 ? " tensor, " : " tensors, ")
              << millions(count.second) << " elements\n";
  std::cout << (networks.empty() ? "networks      none of Stable Diffusion v1\n" : networks);
  if (const auto other = other_model(checkpoint))
    std::cout << "model         " << other->name << (other->hint.empty() ? "" : "; " + other->hint) << "\n";
  for (const auto& [key, value] : checkpoint.metadata)
    std::cout << "metadata      " << on_one_line(key) << " = " << on_one_line(value) << "\n";
  for (const std::string& name : checkpoint.skipped)
    std::cout << "left out      an object of " << on_one_line(name) << "; nothing of it was run\n";
}

// Whether the weights are numbers, and how large: what is beyond 65504 does not fit float16.
void print_values(const Checkpoint& checkpoint) {
  double largest = 0;
  std::int64_t spoilt = 0;
  std::string first;
  for (const auto& [name, entry] : checkpoint.entries) {
    const at::Tensor tensor = to_tensor(entry.read());
    if (!tensor.is_floating_point() || tensor.numel() == 0) continue;
    if (!all_finite(tensor)) {
      if (++spoilt == 1) first = name;
      continue;
    }
    largest = std::max(largest, tensor.to(at::kFloat).abs().max().item<double>());
    checkpoint.release_pages();
  }
  std::cout << "values        " << std::defaultfloat << std::setprecision(6);
  if (spoilt > 0)
    std::cout << "NaN or infinity in " << on_one_line(first)
              << (spoilt > 1 ? " and " + std::to_string(spoilt - 1) + " more" : "") << "\n";
  else
    std::cout << "all finite, up to " << largest << "\n";
}

}  // namespace

int run_inspect(const GlobalOptions&, const Arguments& arguments) {
  Options options("inspect FILE",
                  "What a checkpoint holds: format, dtypes, layout, networks, metadata. Without --values only its "
                  "index is read, so "
                  "that gigabytes cost nothing.");
  options.add()("keys", "every tensor with shape and dtype, too")(
      "values", "read the tensors as well: is any number NaN or infinity, and which is the largest");
  options.positional("FILE");
  if (!options.parse(arguments)) return 0;
  const Checkpoint checkpoint = open_checkpoint(options.list("FILE").front());
  print_summary(checkpoint);
  if (options.has("values")) print_values(checkpoint);
  if (options.has("keys"))
    for (const auto& [name, entry] : checkpoint.entries)
      std::cout << on_one_line(name) << "  " << to_text(entry.info.shape) << "  " << name_of(entry.info.dtype) << "\n";
  return 0;
}

}  // namespace miafr
