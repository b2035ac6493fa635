// The three networks of Stable Diffusion v1 from one checkpoint, each loaded when it is asked for.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/config/run_config.h"
#include "core/models/checkpoint_parameters.h"
#include "core/models/lora.h"
#include "core/nn/autoencoder_kl.h"
#include "core/nn/clip_text_encoder.h"
#include "core/nn/unet.h"

namespace miafr {

class StableDiffusion {
 public:
  // Opens the checkpoint and reads its index only; the LoRAs are added to the networks as they are loaded. Throws
  // Error.
  StableDiffusion(const std::filesystem::path& path, const ModelConfig& config, CheckpointParameters::Options options,
                  const std::vector<LoraChoice>& loras = {});

  // Each builds its network anew: the caller keeps it as long as it is needed. Throws Error with all keys that are
  // missing, mis-shaped or not known, or the reason why the file holds no such network.
  std::unique_ptr<UNetModel> load_unet();
  std::unique_ptr<ClipTextEncoder> load_text_encoder();
  std::unique_ptr<AutoencoderDecoder> load_decoder();
  std::unique_ptr<AutoencoderEncoder> load_encoder();

  // The same from another source, which takes what it answers from parameters() or remembers it: for training.
  std::unique_ptr<UNetModel> load_unet(Parameters& source);
  std::unique_ptr<ClipTextEncoder> load_text_encoder(Parameters& source);
  Parameters& parameters() { return with_loras_; }

  // From now on these weights take the place of the checkpoint's of the same names: those of a model in training.
  void replace(std::map<std::string, at::Tensor> weights) { replaced_.weights = std::move(weights); }

  // Sizes from the checkpoint's shapes and the config's heads. Throw Error as above.
  UNetConfig unet_config() const;
  ClipTextConfig text_config() const;
  AutoencoderConfig autoencoder_config() const;

  const Checkpoint& checkpoint() const { return *checkpoint_; }

  // Gives the memory of the mapped file back for a time in which none of the networks that share it runs.
  void release_pages() const { checkpoint_->release_pages(); }

  // The names of all its tensors, as CompVis has them.
  std::vector<std::string> names() const { return parameters_.names(); }

 private:
  void refuse_other_model() const;  // the autoencoders of several are the same, and may be used
  [[noreturn]] void refuse(const std::string& network, const std::string& prefix) const;

  struct ReplacedParameters final : Parameters {
    explicit ReplacedParameters(Parameters& source) : source(source) {}
    at::Tensor get(const std::string& name, at::IntArrayRef shape) override {
      const at::Tensor own = source.get(name, shape);  // for its device and dtype, and it is noted as used
      const auto found = weights.find(name);
      return found == weights.end() ? own : found->second.to(own.options());
    }
    Parameters& source;
    std::map<std::string, at::Tensor> weights;
  };

  const ModelConfig config_;
  const std::unique_ptr<const Checkpoint> checkpoint_;
  CheckpointParameters parameters_;
  std::vector<Lora> loras_;
  ReplacedParameters replaced_{parameters_};
  LoraParameters with_loras_{replaced_, loras_};
};

}  // namespace miafr
