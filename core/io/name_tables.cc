#include "core/io/name_tables.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace miafr {
namespace {

using Text = std::string_view;

constexpr Text kUNet[] = {"unet.", "model.diffusion_model."};
constexpr Text kVae[] = {"vae.", "first_stage_model."};
constexpr Text kClip[] = {"text_encoder.", "cond_stage_model.transformer."};
constexpr Text kTextModel = "text_model.";

// ---- the tables: parts of names that stand for each other. The first row that fits is taken.

enum Layout { kDiffusers, kCompVis };

struct Row {
  Text in[2];  // by Layout
};
using Table = std::vector<Row>;

const Table& unet_ends() {
  static const auto& table = *new Table{{{"time_embedding.linear_1", "time_embed.0"}},
                                        {{"time_embedding.linear_2", "time_embed.2"}},
                                        {{"conv_in", "input_blocks.0.0"}},
                                        {{"conv_norm_out", "out.0"}},
                                        {{"conv_out", "out.2"}}};
  return table;
}

const Table& unet_resnet() {
  static const auto& table =
      *new Table{{{"norm1", "in_layers.0"}},  {{"conv1", "in_layers.2"}},  {{"time_emb_proj", "emb_layers.1"}},
                 {{"norm2", "out_layers.0"}}, {{"conv2", "out_layers.3"}}, {{"conv_shortcut", "skip_connection"}}};
  return table;
}

const Table& unet_attention() {
  static const auto& table = *new Table{{{"norm", "norm"}},
                                        {{"proj_in", "proj_in"}},
                                        {{"proj_out", "proj_out"}},
                                        {{"transformer_blocks", "transformer_blocks"}}};
  return table;
}

const Table& vae_ends() {
  static const auto& table = *new Table{{{"quant_conv", "quant_conv"}},
                                        {{"post_quant_conv", "post_quant_conv"}},
                                        {{"encoder.conv_in", "encoder.conv_in"}},
                                        {{"encoder.conv_norm_out", "encoder.norm_out"}},
                                        {{"encoder.conv_out", "encoder.conv_out"}},
                                        {{"decoder.conv_in", "decoder.conv_in"}},
                                        {{"decoder.conv_norm_out", "decoder.norm_out"}},
                                        {{"decoder.conv_out", "decoder.conv_out"}}};
  return table;
}

const Table& vae_resnet() {
  static const auto& table = *new Table{{{"norm1", "norm1"}},
                                        {{"conv1", "conv1"}},
                                        {{"norm2", "norm2"}},
                                        {{"conv2", "conv2"}},
                                        {{"conv_shortcut", "nin_shortcut"}}};
  return table;
}

const Table& vae_attention() {
  static const auto& table = *new Table{{{"group_norm", "norm"}},
                                        {{"to_q", "q"}},
                                        {{"to_k", "k"}},
                                        {{"to_v", "v"}},
                                        {{"to_out.0", "proj_out"}},
                                        {{"query", "q"}},  // deprecated
                                        {{"key", "k"}},
                                        {{"value", "v"}},
                                        {{"proj_attn", "proj_out"}}};
  return table;
}

// ---- reading a name from the left

// Whether `text` begins with `start`, which is then taken off.
bool eat(Text& text, Text start) {
  if (text.substr(0, start.size()) != start) return false;
  text.remove_prefix(start.size());
  return true;
}

// The same for a number and the dot behind it.
bool eat(Text& text, int& number) {
  constexpr int kMost = 1000;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto digits = static_cast<std::size_t>(end - text.data());
  if (error != std::errc() || number < 0 || number > kMost || digits == text.size() || text[digits] != '.')
    return false;
  if (text[0] == '0' && digits > 1) return false;  // 01 is not how either layout counts
  text.remove_prefix(digits + 1);
  return true;
}

// All of the pieces in turn: eats(rest, "down_blocks.", i, "resnets.", j). Nothing is taken off where one is missing.
template <class... Pieces>
bool eats(Text& text, Pieces&&... pieces) {
  Text rest = text;
  if (!(eat(rest, pieces) && ...)) return false;
  text = rest;
  return true;
}

// "conv1.weight" by the row of "conv1", from one layout to the other.
std::optional<std::string> by_table(const Table& table, Text name, Layout from) {
  for (const Row& row : table) {
    Text rest = name;
    if (eats(rest, row.in[from], ".") && !rest.empty()) {
      const Layout to = from == kDiffusers ? kCompVis : kDiffusers;
      return std::string(row.in[to]) + "." + std::string(rest);
    }
  }
  return std::nullopt;
}

bool is_linear(Text inside) {
  return inside.substr(0, 5) != "norm." && inside.substr(0, 11) != "group_norm." && inside.size() > 7 &&
         inside.substr(inside.size() - 7) == ".weight";
}

// What a text encoder has below "text_model.", which old checkpoints and the newest diffusers folders leave out.
bool is_text_model(Text name) {
  return eat(name, "embeddings.") || eat(name, "encoder.") || eat(name, "final_layer_norm.");
}

std::string numbered(Text text, int number) { return std::string(text) + std::to_string(number) + "."; }

// ---- a place: the numbered part of a name, and the table of what lies there

const Table& sampler() {  // of the autoencoder, and the U-Net's upsampler
  static const auto& table = *new Table{{{"conv", "conv"}}};
  return table;
}

const Table& unet_downsampler() {
  static const auto& table = *new Table{{{"conv", "op"}}};
  return table;
}

struct Place {
  std::string other;  // its name in the other layout
  const Table* inside;
  bool attention_of_vae = false;
};

// Each takes the place's own name off `rest`; where there is none, `rest` is no longer of use.

std::optional<Place> unet_place_in_compvis(Text& rest, const NameShape& shape) {
  const int in_level = shape.res_blocks + 1;
  int i = 0, j = 0;
  if (eats(rest, "mid_block.attentions.0.")) return Place{"middle_block.1.", &unet_attention()};
  if (eats(rest, "mid_block.resnets.", j) && j < 2) return Place{numbered("middle_block.", 2 * j), &unet_resnet()};
  const auto input = [&](int at, Text part) {
    return numbered("input_blocks.", in_level * i + at) + std::string(part);
  };
  const auto output = [&](int at, Text part) {
    return numbered("output_blocks.", in_level * i + at) + std::string(part);
  };
  if (eats(rest, "down_blocks.", i, "downsamplers.0.")) return Place{input(in_level, "0."), &unet_downsampler()};
  if (eats(rest, "up_blocks.", i, "upsamplers.0."))
    return Place{output(shape.res_blocks, shape.up_attention.count(i) > 0 ? "2." : "1."), &sampler()};
  // One more would take the number of the next level's.
  if (eats(rest, "down_blocks.", i, "resnets.", j) && j < shape.res_blocks)
    return Place{input(j + 1, "0."), &unet_resnet()};
  if (eats(rest, "down_blocks.", i, "attentions.", j) && j < shape.res_blocks)
    return Place{input(j + 1, "1."), &unet_attention()};
  if (eats(rest, "up_blocks.", i, "resnets.", j) && j < in_level) return Place{output(j, "0."), &unet_resnet()};
  if (eats(rest, "up_blocks.", i, "attentions.", j) && j < in_level) return Place{output(j, "1."), &unet_attention()};
  return std::nullopt;
}

std::optional<Place> unet_place_in_diffusers(Text& rest, const NameShape& shape) {
  const int in_level = shape.res_blocks + 1;
  int block = 0, part = 0;
  if (eats(rest, "middle_block.1.")) return Place{"mid_block.attentions.0.", &unet_attention()};
  if (eats(rest, "middle_block.0.")) return Place{"mid_block.resnets.0.", &unet_resnet()};
  if (eats(rest, "middle_block.2.")) return Place{"mid_block.resnets.1.", &unet_resnet()};
  if (eats(rest, "input_blocks.", block, part) && block > 0 && part < 2) {
    const int j = (block - 1) % in_level;
    const std::string level = numbered("down_blocks.", (block - 1) / in_level);
    if (j == shape.res_blocks && part > 0) return std::nullopt;
    if (j == shape.res_blocks) return Place{level + "downsamplers.0.", &unet_downsampler()};
    if (part == 0) return Place{level + numbered("resnets.", j), &unet_resnet()};
    return Place{level + numbered("attentions.", j), &unet_attention()};
  }
  if (eats(rest, "output_blocks.", block, part) && part < 3) {
    const std::string level = numbered("up_blocks.", block / in_level);
    const int j = block % in_level;
    if (part == 0) return Place{level + numbered("resnets.", j), &unet_resnet()};
    // The upsampler follows the attention, or has its number where there is none.
    if (j == shape.res_blocks && rest.substr(0, 5) == "conv.") return Place{level + "upsamplers.0.", &sampler()};
    if (part == 1) return Place{level + numbered("attentions.", j), &unet_attention()};
  }
  return std::nullopt;
}

std::optional<Place> unet_place(Text& rest, Layout from, const NameShape& shape) {
  return from == kDiffusers ? unet_place_in_compvis(rest, shape) : unet_place_in_diffusers(rest, shape);
}

// The middle of encoder and decoder, `rest` being behind "encoder." or "decoder.".
std::optional<Place> vae_middle(Text& rest, Layout from) {
  const bool diffusers = from == kDiffusers;
  if (eats(rest, diffusers ? Text("mid_block.resnets.0.") : Text("mid.block_1.")))
    return Place{diffusers ? "mid.block_1." : "mid_block.resnets.0.", &vae_resnet()};
  if (eats(rest, diffusers ? Text("mid_block.resnets.1.") : Text("mid.block_2.")))
    return Place{diffusers ? "mid.block_2." : "mid_block.resnets.1.", &vae_resnet()};
  if (eats(rest, diffusers ? Text("mid_block.attentions.0.") : Text("mid.attn_1.")))
    return Place{diffusers ? "mid.attn_1." : "mid_block.attentions.0.", &vae_attention(), true};
  return std::nullopt;
}

std::optional<Place> vae_level_in_compvis(Text& rest, bool encoder, const NameShape& shape) {
  int i = 0, j = 0;
  if (!eats(rest, encoder ? Text("down_blocks.") : Text("up_blocks."), i) || i >= shape.vae_levels) return std::nullopt;
  const std::string level = encoder ? numbered("down.", i) : numbered("up.", shape.vae_levels - 1 - i);
  if (eats(rest, "resnets.", j)) return Place{level + numbered("block.", j), &vae_resnet()};
  if (eats(rest, encoder ? Text("downsamplers.0.") : Text("upsamplers.0.")))
    return Place{level + (encoder ? "downsample." : "upsample."), &sampler()};
  return std::nullopt;
}

std::optional<Place> vae_level_in_diffusers(Text& rest, bool encoder, const NameShape& shape) {
  int i = 0, j = 0;
  if (!eats(rest, encoder ? Text("down.") : Text("up."), i) || i >= shape.vae_levels) return std::nullopt;
  const std::string level = encoder ? numbered("down_blocks.", i) : numbered("up_blocks.", shape.vae_levels - 1 - i);
  if (eats(rest, "block.", j)) return Place{level + numbered("resnets.", j), &vae_resnet()};
  if (eats(rest, encoder ? Text("downsample.") : Text("upsample.")))
    return Place{level + (encoder ? "downsamplers.0." : "upsamplers.0."), &sampler()};
  return std::nullopt;
}

std::optional<Place> vae_place(Text& rest, Layout from, const NameShape& shape) {
  const bool encoder = eats(rest, "encoder.");
  if (!encoder && !eats(rest, "decoder.")) return std::nullopt;
  std::optional<Place> place = vae_middle(rest, from);
  if (!place)
    place =
        from == kDiffusers ? vae_level_in_compvis(rest, encoder, shape) : vae_level_in_diffusers(rest, encoder, shape);
  if (place) place->other = (encoder ? "encoder." : "decoder.") + place->other;
  return place;
}

// ---- whole names

std::optional<OtherName> renamed(Text rest, Layout from, Text prefix, const Table& ends,
                                 const std::optional<Place>& place) {
  const std::string start(prefix);
  if (const auto end = by_table(place ? *place->inside : ends, rest, from))
    return OtherName{start + (place ? place->other : "") + *end, place && place->attention_of_vae && is_linear(*end)};
  return std::nullopt;
}

std::optional<OtherName> rename(const std::string& name, Layout from, const NameShape& shape) {
  const Layout to = from == kDiffusers ? kCompVis : kDiffusers;
  Text rest = name;
  for (const bool unet : {true, false}) {
    const Text* prefix = unet ? kUNet : kVae;
    if (!eats(rest, prefix[from])) continue;
    const Text whole = rest;
    const auto place = unet ? unet_place(rest, from, shape) : vae_place(rest, from, shape);
    return renamed(place ? rest : whole, from, prefix[to], unet ? unet_ends() : vae_ends(), place);
  }
  if (eats(rest, kClip[from])) {
    const bool whole = eats(rest, kTextModel);
    if (rest.empty() || (!whole && !is_text_model(rest))) return std::nullopt;
    return OtherName{std::string(kClip[to]) + std::string(kTextModel) + std::string(rest)};
  }
  return std::nullopt;
}

// Counts for NameShape, from one name each.

void count_diffusers(Text name, NameShape& shape, int& res_blocks, int& vae_levels) {
  int i = 0, j = 0;
  if (eats(name, "unet.down_blocks.", i, "resnets.", j)) res_blocks = std::max(res_blocks, j + 1);
  if (eats(name, "unet.up_blocks.", i, "attentions.")) shape.up_attention.insert(i);
  if (eats(name, "vae.encoder.down_blocks.", i) || eats(name, "vae.decoder.up_blocks.", i))
    vae_levels = std::max(vae_levels, i + 1);
}

struct CompVisCounts {
  int last_input = 0, first_downsampler = 0;
};

void count_compvis(Text name, CompVisCounts& counts, int& vae_levels) {
  int i = 0;
  if (eats(name, "first_stage_model.encoder.down.", i) || eats(name, "first_stage_model.decoder.up.", i))
    vae_levels = std::max(vae_levels, i + 1);
  if (!eats(name, "model.diffusion_model.input_blocks.", i)) return;
  counts.last_input = std::max(counts.last_input, i);
  if (eats(name, "0.op.") && (counts.first_downsampler == 0 || i < counts.first_downsampler))
    counts.first_downsampler = i;
}

}  // namespace

NameShape NameShape::of(const std::vector<std::string>& names) {
  NameShape shape;
  const NameShape usual;
  shape.up_attention.clear();
  CompVisCounts counts;
  int res_blocks = 0, vae_levels = 0;
  for (const std::string& name : names) {
    count_diffusers(name, shape, res_blocks, vae_levels);
    count_compvis(name, counts, vae_levels);
  }
  // A level ends with its downsampler; the last level has none.
  const int of_compvis = counts.first_downsampler > 0 ? counts.first_downsampler - 1 : counts.last_input;
  if (res_blocks == 0) shape.up_attention = usual.up_attention;
  shape.res_blocks = res_blocks > 0 ? res_blocks : of_compvis > 0 ? of_compvis : usual.res_blocks;
  shape.vae_levels = vae_levels > 0 ? vae_levels : usual.vae_levels;
  return shape;
}

std::string usual_compvis_name(const std::string& name) {
  Text rest = name;
  const Text clip = kClip[kCompVis];
  if (!eat(rest, clip) || !is_text_model(rest)) return name;
  return std::string(clip) + std::string(kTextModel) + std::string(rest);
}

std::optional<OtherName> diffusers_to_compvis(const std::string& name, const NameShape& shape) {
  return rename(name, kDiffusers, shape);
}

std::optional<OtherName> compvis_to_diffusers(const std::string& name, const NameShape& shape) {
  return rename(name, kCompVis, shape);
}

}  // namespace miafr
