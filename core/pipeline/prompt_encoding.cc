#include "core/pipeline/prompt_encoding.h"

#include <algorithm>

#include "core/base/log.h"
#include "core/text/prompt.h"

namespace miafr {
namespace {

at::Tensor encode(const ClipTextEncoder& encoder, const EncodedPrompt& prompt, at::Device device) {
  const std::vector<int64_t> ids(prompt.ids.begin(), prompt.ids.end());
  const at::Tensor hidden = encoder.forward(at::tensor(ids).unsqueeze(0).to(device));  // [1, 77, C]
  if (std::all_of(prompt.weights.begin(), prompt.weights.end(), [](float weight) { return weight == 1; }))
    return hidden;
  const at::Tensor scaled = hidden * at::tensor(prompt.weights).view({1, -1, 1}).to(hidden.options());
  return scaled * (hidden.mean() / scaled.mean());
}

}  // namespace

at::Tensor encode_prompts(const ClipTextEncoder& encoder, const ClipTokenizer& tokenizer,
                          const std::vector<std::string>& prompts, at::Device device) {
  std::vector<at::Tensor> all;
  for (const std::string& text : prompts) {
    const EncodedPrompt prompt = encode_prompt(tokenizer, text);
    if (!prompt.lost.empty())
      log_warning("the prompt is longer than 77 tokens and is cut; lost: \"" + prompt.lost + "\"");
    all.push_back(encode(encoder, prompt, device));
  }
  return at::cat(all);
}

}  // namespace miafr
