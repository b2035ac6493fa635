// What a checkpoint is that is not Stable Diffusion v1: by the names that each kind's own programs give its tensors.
#include "core/models/other_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <fstream>

#include "tests/support/safetensors.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;
using miafr_tests::temporary_folder;
using testing::HasSubstr;

using Shapes = std::map<std::string, std::vector<int64_t>>;

std::map<std::string, at::Tensor> zeros(const Shapes& shapes) {
  std::map<std::string, at::Tensor> tensors;
  for (const auto& [name, shape] : shapes) tensors[name] = at::zeros(shape, at::kHalf);
  return tensors;
}

std::optional<OtherModel> model_of(const Shapes& shapes) {
  const fs::path file = temporary_folder() / "model.safetensors";
  miafr_tests::write_test_safetensors(file, zeros(shapes));
  return other_model(open_checkpoint(file));
}

std::string name_of(const Shapes& shapes) {
  const auto model = model_of(shapes);
  return model ? model->name : "";
}

const std::string kUNet = "model.diffusion_model.", kBlock = kUNet + "input_blocks.0.0.weight";

TEST(OtherModel, StableDiffusionOneIsNone) {
  EXPECT_EQ(name_of({{kBlock, {1}}, {"cond_stage_model.transformer.text_model.final_layer_norm.bias", {1}}}), "");
  EXPECT_EQ(name_of({{kBlock, {1}}, {"cond_stage_model.transformer.final_layer_norm.bias", {1}}}), "");
  EXPECT_EQ(name_of({{kBlock, {1}},
                     {"cond_stage_model.transformer.text_model.final_layer_norm.bias", {1}},
                     {"control_model.time_embed.0.bias", {1}}}),
            "")
      << "a ControlNet beside it changes nothing";
  EXPECT_EQ(name_of({{"something.else", {2, 2}}, {"weight", {3}}}), "");
}

TEST(OtherModel, LaterModelsByTheirNames) {
  EXPECT_EQ(name_of({{kBlock, {1}}, {"cond_stage_model.model.token_embedding.weight", {1}}}), "Stable Diffusion 2");
  EXPECT_EQ(name_of({{kBlock, {1}}, {"conditioner.embedders.1.model.token_embedding.weight", {1}}}),
            "Stable Diffusion XL");
  EXPECT_EQ(name_of({{kBlock, {1}}, {kUNet + "label_emb.0.0.weight", {1}}}), "Stable Diffusion XL");
  EXPECT_EQ(name_of({{kUNet + "joint_blocks.0.x_block.attn.qkv.weight", {1}}}), "Stable Diffusion 3");
  EXPECT_EQ(name_of({{"double_blocks.0.img_attn.qkv.weight", {1}}, {"single_blocks.0.linear1.weight", {1}}}), "Flux");
}

TEST(OtherModel, StableDiffusionTwoByItsTextEncodersWidth) {
  const std::string name = "cond_stage_model.transformer.text_model.embeddings.position_embedding.weight";
  EXPECT_EQ(name_of({{kBlock, {1}}, {name, {77, 1024}}}), "Stable Diffusion 2");
  EXPECT_EQ(name_of({{kBlock, {1}}, {name, {77, 768}}}), "");
}

TEST(OtherModel, ALoraWithWhatItIs) {
  const std::string layer = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q";
  const auto lora =
      model_of({{layer + ".lora_down.weight", {4, 32}}, {layer + ".lora_up.weight", {32, 4}}, {layer + ".alpha", {}}});
  ASSERT_TRUE(lora);
  EXPECT_EQ(lora->name, "a LoRA of rank 4 for 1 layer");
  EXPECT_EQ(lora->hint, "give it with --lora");
  EXPECT_EQ(name_of({{"unet.a.lora_A.weight", {2, 3}}, {"unet.b.lora_A.weight", {2, 3}}}),
            "a LoRA of rank 2 for 2 layers");
  EXPECT_EQ(name_of({{"lora_te2_a.lora_down.weight", {8, 3}}}), "a LoRA of rank 8 for 1 layer of Stable Diffusion XL");
  EXPECT_EQ(name_of({{"lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight", {8, 3}}}),
            "a LoRA of rank 8 for 1 layer of Flux");
  EXPECT_THAT(name_of({{layer + ".hada_w1_a", {4, 32}}}), HasSubstr("LyCORIS"));
}

TEST(OtherModel, WhatIsAddedToAModel) {
  EXPECT_EQ(name_of({{"control_model.input_hint_block.0.weight", {1}}}), "a ControlNet");
  EXPECT_EQ(name_of({{"controlnet_cond_embedding.conv_in.weight", {1}}, {"down_blocks.0.a", {1}}}), "a ControlNet");
  EXPECT_EQ(name_of({{"emb_params", {3, 768}}}), "a textual-inversion embedding");
  EXPECT_EQ(name_of({{"<person>", {768}}}), "a textual-inversion embedding");
  EXPECT_EQ(name_of({{"clip_g", {1, 1280}}, {"clip_l", {1, 768}}}), "a textual-inversion embedding");
  EXPECT_EQ(name_of({{"string_to_param.*", {1, 768}}, {"more", {1}}}), "a textual-inversion embedding");
}

TEST(OtherModel, PartsOfAFolder) {
  EXPECT_THAT(name_of({{"down_blocks.0.resnets.0.norm1.bias", {1}}, {"time_embedding.linear_1.bias", {1}}}),
              HasSubstr("U-Net"));
  EXPECT_THAT(name_of({{"encoder.conv_in.bias", {1}}, {"decoder.conv_in.bias", {1}}}), HasSubstr("autoencoder"));
  EXPECT_THAT(name_of({{"text_model.encoder.layers.0.mlp.fc1.bias", {1}}}), HasSubstr("text encoder"));
}

TEST(OtherModel, AFolderByWhatItSaysOfItself) {
  const auto folder_of = [](const std::string& index) {
    const fs::path folder = temporary_folder();
    fs::create_directories(folder / "vae");
    miafr_tests::write_test_safetensors(folder / "vae" / "diffusion_pytorch_model.safetensors",
                                        zeros({{"encoder.conv_in.bias", {1}}}));
    std::ofstream(folder / "model_index.json") << index;
    const auto model = other_model(open_checkpoint(folder));
    return model ? model->name : "";
  };
  EXPECT_EQ(folder_of(R"({"_class_name": "StableDiffusion3Pipeline"})"), "Stable Diffusion 3");
  EXPECT_EQ(folder_of(R"({"_class_name": "FluxPipeline"})"), "a model for the FluxPipeline of diffusers");
  for (const char* index : {R"({"_class_name": "StableDiffusionPipeline"})", "{", "[]", R"({"_class_name": 3})"})
    EXPECT_EQ(folder_of(index), "") << index;
}

}  // namespace
}  // namespace miafr
