// Every name of SD v1.5 in both layouts, and the names whose numbers depend on the size of the networks.
#include "core/io/name_tables.h"

#include <gtest/gtest.h>

#include <fstream>
#include <utility>

#include "tests/support/files.h"

namespace {

using miafr::NameShape;

using Pairs = std::vector<std::pair<std::string, std::string>>;  // CompVis, diffusers

Pairs sd15() {
  std::ifstream file(miafr_tests::data_file("tests/core/io/sd15_names.tsv"));
  Pairs pairs;
  for (std::string line; std::getline(file, line);)
    if (const auto tab = line.find('\t'); line[0] != '#' && tab != std::string::npos)
      pairs.emplace_back(line.substr(0, tab), line.substr(tab + 1));
  return pairs;
}

std::vector<std::string> names_of(const Pairs& pairs, bool compvis) {
  std::vector<std::string> names;
  for (const auto& pair : pairs) names.push_back(compvis ? pair.first : pair.second);
  return names;
}

void expect_pairs(const Pairs& pairs) {
  const NameShape of_compvis = NameShape::of(names_of(pairs, true)),
                  of_diffusers = NameShape::of(names_of(pairs, false));
  for (const auto& [compvis, diffusers] : pairs) {
    const auto there = miafr::diffusers_to_compvis(diffusers, of_diffusers);
    const auto back = miafr::compvis_to_diffusers(compvis, of_compvis);
    EXPECT_EQ(there ? there->name : "nothing", compvis) << diffusers;
    EXPECT_EQ(back ? back->name : "nothing", diffusers) << compvis;
    EXPECT_EQ(there && there->reshape, back && back->reshape) << compvis;
  }
}

TEST(NameTables, AreExactForSd15) {
  const Pairs pairs = sd15();
  ASSERT_EQ(pairs.size(), 1130u);
  expect_pairs(pairs);
}

TEST(NameTables, FindTheSizesFromTheNames) {
  for (const bool compvis : {true, false}) {
    const NameShape shape = NameShape::of(names_of(sd15(), compvis));
    EXPECT_EQ(shape.res_blocks, 2);
    EXPECT_EQ(shape.vae_levels, 4);
    EXPECT_EQ(shape.up_attention, (std::set<int>{1, 2, 3}));
  }
}

TEST(NameTables, ReshapeTheEightWeightsOfTheAutoencodersAttention) {
  const Pairs pairs = sd15();
  int reshaped = 0;
  for (const auto& [compvis, diffusers] : pairs) {
    if (!miafr::diffusers_to_compvis(diffusers, {})->reshape) continue;
    ++reshaped;
    EXPECT_NE(compvis.find(".mid.attn_1."), std::string::npos) << compvis;
    EXPECT_NE(compvis.find(".weight"), std::string::npos) << compvis;
  }
  EXPECT_EQ(reshaped, 8);
}

// Two levels of one block; attention in the first level only.
TEST(NameTables, FollowTheSizesOfTinyNetworks) {
  const std::string u = "model.diffusion_model.", v = "first_stage_model.";
  expect_pairs({
      {u + "input_blocks.0.0.weight", "unet.conv_in.weight"},
      {u + "input_blocks.1.0.in_layers.0.weight", "unet.down_blocks.0.resnets.0.norm1.weight"},
      {u + "input_blocks.1.1.proj_in.weight", "unet.down_blocks.0.attentions.0.proj_in.weight"},
      {u + "input_blocks.2.0.op.weight", "unet.down_blocks.0.downsamplers.0.conv.weight"},
      {u + "input_blocks.3.0.skip_connection.bias", "unet.down_blocks.1.resnets.0.conv_shortcut.bias"},
      {u + "middle_block.2.out_layers.3.weight", "unet.mid_block.resnets.1.conv2.weight"},
      {u + "output_blocks.0.0.in_layers.2.weight", "unet.up_blocks.0.resnets.0.conv1.weight"},
      {u + "output_blocks.1.0.in_layers.2.weight", "unet.up_blocks.0.resnets.1.conv1.weight"},
      {u + "output_blocks.1.1.conv.weight", "unet.up_blocks.0.upsamplers.0.conv.weight"},
      {u + "output_blocks.2.0.emb_layers.1.weight", "unet.up_blocks.1.resnets.0.time_emb_proj.weight"},
      {u + "output_blocks.2.1.norm.weight", "unet.up_blocks.1.attentions.0.norm.weight"},
      {u + "output_blocks.3.1.proj_out.weight", "unet.up_blocks.1.attentions.1.proj_out.weight"},
      {v + "encoder.down.0.block.0.conv1.weight", "vae.encoder.down_blocks.0.resnets.0.conv1.weight"},
      {v + "encoder.down.0.downsample.conv.weight", "vae.encoder.down_blocks.0.downsamplers.0.conv.weight"},
      {v + "encoder.down.1.block.0.nin_shortcut.weight", "vae.encoder.down_blocks.1.resnets.0.conv_shortcut.weight"},
      {v + "decoder.up.1.block.0.conv1.weight", "vae.decoder.up_blocks.0.resnets.0.conv1.weight"},
      {v + "decoder.up.1.upsample.conv.bias", "vae.decoder.up_blocks.0.upsamplers.0.conv.bias"},
      {v + "decoder.up.0.block.1.norm2.weight", "vae.decoder.up_blocks.1.resnets.1.norm2.weight"},
  });
}

// Attention in every level: the first upsampler stands behind it.
TEST(NameTables, PutTheUpsamplerBehindAttention) {
  expect_pairs({
      {"model.diffusion_model.input_blocks.2.0.op.weight", "unet.down_blocks.0.downsamplers.0.conv.weight"},
      {"model.diffusion_model.input_blocks.1.0.in_layers.0.bias", "unet.down_blocks.0.resnets.0.norm1.bias"},
      {"model.diffusion_model.output_blocks.1.1.norm.weight", "unet.up_blocks.0.attentions.1.norm.weight"},
      {"model.diffusion_model.output_blocks.1.2.conv.weight", "unet.up_blocks.0.upsamplers.0.conv.weight"},
  });
}

TEST(NameTables, KnowDeprecatedNamesAndShortOnes) {
  const std::string old = "vae.decoder.mid_block.attentions.0.", now = "first_stage_model.decoder.mid.attn_1.";
  for (const auto& [from, to] :
       Pairs{{"query", "q"}, {"key", "k"}, {"value", "v"}, {"proj_attn", "proj_out"}, {"to_out.0", "proj_out"}}) {
    const auto weight = miafr::diffusers_to_compvis(old + from + ".weight", {});
    ASSERT_TRUE(weight) << from;
    EXPECT_EQ(weight->name, now + to + ".weight");
    EXPECT_TRUE(weight->reshape);
    EXPECT_FALSE(miafr::diffusers_to_compvis(old + from + ".bias", {})->reshape);
  }
  EXPECT_EQ(miafr::diffusers_to_compvis("text_encoder.final_layer_norm.bias", {})->name,
            "cond_stage_model.transformer.text_model.final_layer_norm.bias");
}

// As Transformers wrote a text encoder before 2022 and writes it since 2025.
TEST(NameTables, KnowTextEncodersWithoutTextModel) {
  const std::string clip = "cond_stage_model.transformer.";
  for (const char* part :
       {"embeddings.token_embedding.weight", "encoder.layers.0.mlp.fc1.bias", "final_layer_norm.bias"}) {
    const std::string usual = clip + "text_model." + part;
    EXPECT_EQ(miafr::usual_compvis_name(clip + part), usual);
    EXPECT_EQ(miafr::usual_compvis_name(usual), usual);
    EXPECT_EQ(miafr::compvis_to_diffusers(clip + part, {})->name, "text_encoder.text_model." + std::string(part));
    EXPECT_EQ(miafr::diffusers_to_compvis("text_encoder." + std::string(part), {})->name, usual);
  }
  for (const std::string& name : {clip + "logit_scale", std::string("embeddings.a"), std::string("model.embeddings.a"),
                                  std::string("cond_stage_model.model.encoder.a")})
    EXPECT_EQ(miafr::usual_compvis_name(name), name);
}

TEST(NameTables, LeaveOtherNamesAlone) {
  for (const char* name :
       {"", "unet.", "unet", "unet.conv_in", "unet.conv_in.", "unet.conv_input.weight", "unet.add_embedding.weight",
        "unet.down_blocks.0.resnets.2.norm1.weight", "unet.down_blocks.x.resnets.0.norm1.weight",
        "unet.down_blocks.99999999999.resnets.0.norm1.weight", "unet.down_blocks.-1.resnets.0.norm1.weight",
        "unet.down_blocks.00.resnets.0.norm1.weight", "unet.mid_block.resnets.2.norm1.weight",
        "vae.decoder.up_blocks.4.resnets.0.norm1.weight", "vae.encoder.up_blocks.0.resnets.0.norm1.weight",
        "text_encoder.text_projection.weight", "text_encoder.text_model.", "safety_checker.logit_scale"})
    EXPECT_FALSE(miafr::diffusers_to_compvis(name, {})) << name;
  for (const char* name :
       {"", "alphas_cumprod", "model_ema.decay", "model.diffusion_model.input_blocks.0.1.op.weight",
        "model.diffusion_model.input_blocks.3.1.norm.weight", "model.diffusion_model.output_blocks.0.1.conv.weight",
        "model.diffusion_model.output_blocks.0.3.norm.weight", "model.diffusion_model.middle_block.3.norm.weight",
        "first_stage_model.loss.logvar", "first_stage_model.decoder.up.4.block.0.norm1.weight",
        "cond_stage_model.model.ln_final.bias", "cond_stage_model.transformer.logit_scale"})
    EXPECT_FALSE(miafr::compvis_to_diffusers(name, {})) << name;
}

}  // namespace
