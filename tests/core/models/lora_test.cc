// How strong a LoRA is: by its alpha tensors, or by the metadata that diffusers and PEFT write.
#include "core/models/lora.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "tests/support/tiny_sd.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;
using miafr_tests::temporary_folder;
using testing::HasSubstr;
using Metadata = std::map<std::string, std::string>;
using Tensors = std::map<std::string, at::Tensor>;

const Tensors& checkpoint() {
  static const auto& tensors = *new Tensors(miafr_tests::tiny_sd_tensors());
  return tensors;
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const auto& [name, tensor] : checkpoint()) all.push_back(name);
  return all;
}

// The CompVis name of the weight of "unet.….to_q".
std::string weight_of(const std::string& module) {
  return diffusers_to_compvis(module + ".weight", NameShape::of(names())).value().name;
}

// Ones, so that up down is the rank everywhere.
void add_ones(Tensors& tensors, const std::string& module, int64_t rank) {
  const at::Tensor& weight = checkpoint().at(weight_of(module));
  tensors[module + ".lora_A.weight"] = at::ones({rank, weight.size(1)});
  tensors[module + ".lora_B.weight"] = at::ones({weight.size(0), rank});
}

fs::path written(const Tensors& tensors, const Metadata& metadata) {
  const fs::path file = temporary_folder() / "lora.safetensors";
  miafr_tests::write_test_safetensors(file, tensors, metadata);
  return file;
}

// What up down of the module is multiplied with.
double factor_of(const Lora& lora, const std::string& module, int64_t rank) {
  const std::string name = weight_of(module);
  const at::Tensor zeros = at::zeros(checkpoint().at(name).sizes());
  const at::Tensor update = lora.add_to(name, zeros);
  EXPECT_EQ(update.min().item<double>(), update.max().item<double>()) << module;
  return update.max().item<double>() / static_cast<double>(rank);
}

class LoraMetadataOfDiffusers : public testing::TestWithParam<const char*> {};

TEST_P(LoraMetadataOfDiffusers, GivesTheFactorsOfPeft) {
  const auto all =
      nlohmann::json::parse(std::ifstream(miafr_tests::data_file("tests/core/models/reference/lora_metadata.json")));
  const auto& reference = all.at(GetParam());
  Tensors tensors;
  for (const auto& [module, strength] : reference["strengths"].items()) add_ones(tensors, module, strength["rank"]);
  const fs::path file =
      written(tensors, {{"format", "pt"}, {"lora_adapter_metadata", reference["lora_adapter_metadata"]}});
  const Lora lora({file, 1}, names());
  ASSERT_GE(reference["strengths"].size(), 8u);
  for (const auto& [module, strength] : reference["strengths"].items())
    EXPECT_NEAR(factor_of(lora, module, strength["rank"]), strength["factor"].get<double>(), 1e-6) << module;
  const auto first = reference["strengths"].items().begin();
  EXPECT_NEAR(factor_of(Lora({file, 0.5}, names()), first.key(), first.value()["rank"]),
              0.5 * first.value()["factor"].get<double>(), 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Cases, LoraMetadataOfDiffusers,
                         testing::Values("alpha_over_rank", "patterns", "root_of_rank", "both_networks"),
                         [](const auto& info) { return std::string(info.param); });

class LoraStrengths : public testing::Test {
 protected:
  LoraStrengths() { add_ones(tensors_, kQuery, 4); }

  double factor(const Metadata& metadata) const {
    return factor_of(Lora({written(tensors_, metadata), 1}, names()), kQuery, 4);
  }

  std::string refusal(const Metadata& metadata) const {
    const fs::path file = written(tensors_, metadata);
    try {
      Lora({file, 1}, names());
    } catch (const Error& e) {
      const std::string text = e.what(), start = file.string() + ": ";
      EXPECT_EQ(text.substr(0, start.size()), start);
      return text.substr(start.size());
    }
    return "";
  }

  static Metadata of_diffusers(const std::string& json) { return {{"lora_adapter_metadata", json}}; }

  static constexpr const char* kQuery = "unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q";
  Tensors tensors_;
};

TEST_F(LoraStrengths, WithoutAWordAlphaIsTheRank) {
  EXPECT_EQ(factor({}), 1);
  EXPECT_EQ(factor({{"format", "pt"}, {"ss_network_dim", "4"}}), 1);
  EXPECT_EQ(factor(of_diffusers(R"({"text_encoder.lora_alpha": 8})")), 1) << "another network's";
}

TEST_F(LoraStrengths, AnAlphaTensorGoesFirst) {
  tensors_[std::string(kQuery) + ".alpha"] = at::scalar_tensor(2.0f);
  EXPECT_EQ(factor(of_diffusers(R"({"unet.r": 4, "unet.lora_alpha": 8})")), 0.5);
}

TEST_F(LoraStrengths, PlainKeysAreRead) {
  EXPECT_EQ(factor({{"lora_alpha", "8"}, {"r", "4"}}), 2);
  EXPECT_EQ(factor({{"lora_alpha", "2.0"}}), 0.5);
  EXPECT_EQ(factor({{"lora_alpha", "8"}, {"use_rslora", "True"}, {"use_dora", "False"}}), 4);
  EXPECT_EQ(factor(of_diffusers(R"({"lora_alpha": 12, "r": 4})")), 3) << "a U-Net's adapter saved alone";
}

TEST_F(LoraStrengths, WhatIsNotApplicableIsRefused) {
  EXPECT_THAT(refusal(of_diffusers(R"({"unet.r": 8, "unet.lora_alpha": 8})")),
              HasSubstr("its rank is 4, and the metadata say 8"));
  EXPECT_EQ(refusal(of_diffusers(R"({"unet.use_dora": true})")),
            "unet.use_dora = true in its metadata: such a LoRA is not supported");
  EXPECT_THAT(refusal(of_diffusers(R"({"unet.peft_type": "LOHA"})")), HasSubstr("not supported"));
  EXPECT_THAT(refusal(of_diffusers(R"({"unet.init_lora_weights": "pissa_niter_4"})")), HasSubstr("not supported"));
  EXPECT_THAT(refusal(of_diffusers(R"({"unet.alpha_pattern": {"attn[12]": 8}})")),
              HasSubstr("unet.alpha_pattern in its metadata has the expression 'attn[12]'"));
  EXPECT_THAT(refusal(of_diffusers(R"({"unet.lora_alpha": "8"})")), HasSubstr("must be one finite number"));
  EXPECT_THAT(refusal(of_diffusers("[1]")), HasSubstr("is not a JSON object"));
  EXPECT_THAT(refusal(of_diffusers("{")), HasSubstr("is not valid JSON"));
  EXPECT_THAT(refusal({{"lora_alpha", "many"}}), HasSubstr("lora_alpha in its metadata"));
  EXPECT_EQ(refusal(of_diffusers(R"({"unet.use_dora": false, "unet.layer_replication": null})")), "");
}

TEST_F(LoraStrengths, WhatIsNotAppliedIsSaid) {
  setup_log("info", "never");
  testing::internal::CaptureStderr();
  factor(of_diffusers(R"({"unet.r": 4, "unet.lora_dropout": 0.1, "unet.later_setting": 3, "unet.other": null})"));
  factor({{"ss_network_alpha", "16.0"}});
  const std::string told = testing::internal::GetCapturedStderr();
  EXPECT_THAT(told, HasSubstr("unet.later_setting = 3 in its metadata is not applied"));
  EXPECT_THAT(told, HasSubstr("ss_network_alpha = 16.0 in its metadata is not applied"));
  EXPECT_EQ(told.find("dropout"), told.npos);
  EXPECT_EQ(told.find("other"), told.npos);
}

TEST_F(LoraStrengths, NamesOfTheTextEncoderWithAndWithoutTextModel) {
  const std::string layer = "encoder.layers.1.self_attn.q_proj";
  const at::Tensor& weight = checkpoint().at("cond_stage_model.transformer.text_model." + layer + ".weight");
  for (const std::string& module : {"text_encoder.text_model." + layer, "text_encoder." + layer,
                                    std::string("lora_te_text_model_encoder_layers_1_self_attn_q_proj"),
                                    std::string("lora_te_encoder_layers_1_self_attn_q_proj")}) {
    const bool kohya = module.rfind("lora_te", 0) == 0;
    const Lora lora(
        {written({{module + (kohya ? ".lora_down.weight" : ".lora_A.weight"), at::ones({2, weight.size(1)})},
                  {module + (kohya ? ".lora_up.weight" : ".lora_B.weight"), at::ones({weight.size(0), 2})}},
                 {}),
         1},
        names());
    EXPECT_EQ(factor_of(lora, "text_encoder.text_model." + layer, 2), 1) << module;
  }
}

TEST_F(LoraStrengths, NumbersThatAreNotFiniteAreNamed) {
  tensors_[std::string(kQuery) + ".lora_B.weight"][0][0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(refusal({}), testing::StartsWith(std::string(kQuery) + ".lora_B.weight: holds NaN or infinity"));
  tensors_[std::string(kQuery) + ".lora_B.weight"].fill_(3e38);
  const Lora lora({written(tensors_, {}), 10}, names());
  try {
    lora.add_to(weight_of(kQuery), checkpoint().at(weight_of(kQuery)));
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("the sum with " + weight_of(kQuery) + " is not finite"));
  }
}

TEST_F(LoraStrengths, AnotherKindOfFileIsNamed) {
  Tensors whole = checkpoint();
  const fs::path file = written(whole, {});
  try {
    Lora({file, 1}, names());
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("a whole model, give it with --ckpt"));
  }
}

}  // namespace
}  // namespace miafr
