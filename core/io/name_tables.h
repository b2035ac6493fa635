// The names of Stable Diffusion v1's tensors in its two layouts: CompVis' one file ("model.diffusion_model.…",
// "first_stage_model.…", "cond_stage_model.transformer.text_model.…") and diffusers' folder, whose files' names are
// taken with the folder before them ("unet.…", "vae.…", "text_encoder.…").
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace miafr {

// What the numbers in the names depend on: CompVis counts the blocks of the U-Net in one row and the levels of the
// decoder from the other end.
struct NameShape {
  int res_blocks = 2;                   // of the U-Net, in each level
  int vae_levels = 4;                   // of the autoencoder
  std::set<int> up_attention{1, 2, 3};  // up blocks of the U-Net, as diffusers counts them, that have attention

  // Tells the shape from all names of a checkpoint, in either layout; what they do not tell is as in SD v1.5.
  static NameShape of(const std::vector<std::string>& names);
};

struct OtherName {
  std::string name;
  // The weight is a 1x1 convolution [C,C,1,1] in CompVis and linear [C,C] in diffusers: same values, other shape.
  bool reshape = false;
};

// The names of CompVis' layout as its networks have them: a text encoder without "text_model.", as old releases of
// Transformers wrote it, gets it; all other names stay.
std::string usual_compvis_name(const std::string& name);

// The name in the other layout; there is none for a name that is in no table, such as the averaged weights and the
// noise schedule of a CompVis file. Both the names of diffusers' attention in the autoencoder are known (to_q and,
// deprecated, query) and those of a text encoder with and without "text_model."; the way back gives the new ones, with
// "text_model.".
std::optional<OtherName> diffusers_to_compvis(const std::string& name, const NameShape& shape);
std::optional<OtherName> compvis_to_diffusers(const std::string& name, const NameShape& shape);

}  // namespace miafr
