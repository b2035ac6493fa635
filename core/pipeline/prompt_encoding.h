// Prompts as the hidden states that a U-Net attends to.
#pragma once

#include <torch/types.h>

#include <string>
#include <vector>

#include "core/nn/clip_text_encoder.h"
#include "core/text/clip_tokenizer.h"

namespace miafr {

// [prompts, 77, C]. The states of weighted words are multiplied by their weight and the mean of all is restored. A
// prompt that is cut to 77 tokens is warned of, with what was lost.
at::Tensor encode_prompts(const ClipTextEncoder& encoder, const ClipTokenizer& tokenizer,
                          const std::vector<std::string>& prompts, at::Device device);

}  // namespace miafr
