// Inversion: the photo's noise is found by running the sampler in reverse (DDIM inversion, Song et al., arXiv
// 2010.02502, section 4.3), and a changed prompt paints from it. With invert=false noise is drawn instead (SDEdit, Meng
// et al., arXiv 2108.01073).
#include <torch/types.h>

#include <cmath>

#include "core/plugin/editor.h"

namespace {

constexpr const char* kOrigin =
    "Stable Diffusion v1.5 is published at huggingface.co/stable-diffusion-v1-5, licence CreativeML Open RAIL-M; any "
    "Stable Diffusion v1 will do";

constexpr miafr::ParamSpec kParams[] = {
    miafr::text_param("checkpoint", "v1-5-pruned.safetensors",
                      "Stable Diffusion v1 checkpoint: a path, or the name of a file in a model folder"),
    miafr::text_param("config", "", "path of its config, if it is not plain Stable Diffusion v1"),
    miafr::text_param("lora", "", "a LoRA to add: FILE, or FILE:X to add it X times"),
    miafr::text_param("age_prompt", "photo of a person as {age}", "prompt for an age in words"),
    miafr::text_param("years_prompt", "photo of a {years} year old person", "prompt for an age in years"),
    miafr::text_param("attribute_prompt", "photo of a person with {attribute}", "prompt for an attribute"),
    miafr::text_param("off_prompt", "photo of a person without {attribute}", "prompt for its absence"),
    miafr::text_param("source_prompt", "", "what the photo shows, for the inversion"),
    miafr::text_param("negative_prompt", "", "what to stay away from"),
    miafr::flag_param("invert", true, "find the photo's noise instead of drawing it"),
    miafr::real_param("strength", 1, "share of the steps that the photo is taken through, over 0", 0.01, 1),
    miafr::text_param("sampler", "", "sampler plugin; empty: the config's, which is ddim unless it says otherwise"),
    miafr::integer_param("steps", 50, "sampler steps", 1, 1000),
    miafr::real_param("scale", 7.5, "guidance scale; 1: none", 0, 100),
    miafr::integer_param("height", 512, "of the pictures, in pixels; a multiple of 8", 8, 8192),
    miafr::integer_param("width", 512, "of the pictures, in pixels; a multiple of 8", 8, 8192),
};

// The text with `word` wherever it has the place, "{age}".
std::string filled(std::string text, const std::string& place, const std::string& word) {
  for (std::size_t at = text.find(place); at != std::string::npos; at = text.find(place, at + word.size()))
    text.replace(at, place.size(), word);
  return text;
}

std::string spoken(std::string name) {
  for (char& c : name)
    if (c == '_') c = ' ';
  return name;
}

class Inversion final : public miafr::Editor {
 public:
  Inversion(const miafr::Params& params, miafr::HostContext& host) : params_(params), host_(host) {
    wanted_.checkpoint = host.model_file(params.text("checkpoint"), kOrigin);
    wanted_.config = params.text("config");
    if (!params.text("lora").empty()) wanted_.loras = {params.text("lora")};
    wanted_.height = params.integer("height");
    wanted_.width = params.integer("width");
    wanted_.negative_prompt = params.text("negative_prompt");
    wanted_.invert = params.flag("invert");
    wanted_.source_prompt = params.text("source_prompt");
    wanted_.strength = params.real("strength");
    wanted_.sampler = params.text("sampler");
    wanted_.steps = params.integer("steps");
    wanted_.scale = params.real("scale");
    info_.any_age_label = info_.any_attribute = info_.text = true;
    info_.height = wanted_.height;
    info_.width = wanted_.width;
    info_.weights = {{params.text("checkpoint"), "CreativeML Open RAIL-M", "huggingface.co/stable-diffusion-v1-5"}};
  }

  const miafr::EditorInfo& info() const override { return info_; }

  void edit(const miafr::EditPhoto& in, const std::vector<miafr::EditTarget>& targets,
            const std::function<void(miafr::EditedPicture)>& deliver) override {
    miafr::ImageToImage wanted = wanted_;
    wanted.photo = in.photo;
    wanted.seed = in.seed;
    for (const miafr::EditTarget& target : targets) wanted.prompts.push_back(prompt_of(target));
    host_.image_to_image(wanted, [&](std::size_t i, const at::Tensor& picture) {
      miafr::EditedPicture out;
      out.target = i;
      out.picture = picture;
      place(in.photo, out);
      out.notes["prompt"] = wanted.prompts[i];
      deliver(out);
    });
  }

 private:
  std::string prompt_of(const miafr::EditTarget& target) const {
    switch (target.kind) {
      case miafr::EditTarget::Kind::kAge:
        if (std::isfinite(target.years)) return filled(params_.text("years_prompt"), "{years}", target.name);
        return filled(params_.text("age_prompt"), "{age}", spoken(target.name));
      case miafr::EditTarget::Kind::kAttribute:
        return filled(params_.text(target.on ? "attribute_prompt" : "off_prompt"), "{attribute}", spoken(target.name));
      case miafr::EditTarget::Kind::kText:
        break;
    }
    return target.name;
  }

  // The whole photo was squeezed to the picture's size; pixel centres lie at integers.
  void place(const at::Tensor& photo, miafr::EditedPicture& out) const {
    const double x = static_cast<double>(info_.width) / photo.size(2),
                 y = static_cast<double>(info_.height) / photo.size(1);
    if (x == 1 && y == 1) return;
    out.alignment = "squeezed to " + std::to_string(info_.width) + "x" + std::to_string(info_.height);
    out.matrix = at::tensor({x, 0.0, (x - 1) / 2, 0.0, y, (y - 1) / 2}, at::kDouble).view({2, 3});
  }

  const miafr::Params params_;
  miafr::HostContext& host_;
  miafr::ImageToImage wanted_;
  miafr::EditorInfo info_;
};

}  // namespace

MIAFR_EDITOR_PLUGIN(Inversion, "inversion", "1.0", "DDIM inversion and a changed prompt, by Stable Diffusion v1",
                    kParams, 0, "MIT; weights CreativeML Open RAIL-M")
