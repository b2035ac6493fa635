// The three networks of Stable Diffusion v1 from one checkpoint, each loaded when it is asked for.
#pragma once

#include <filesystem>
#include <memory>
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

  // Sizes from the checkpoint's shapes and the config's heads. Throw Error as above.
  UNetConfig unet_config() const;
  ClipTextConfig text_config() const;
  AutoencoderConfig autoencoder_config() const;

  const Checkpoint& checkpoint() const { return *checkpoint_; }

 private:
  [[noreturn]] void refuse(const std::string& network, const std::string& prefix) const;

  const ModelConfig config_;
  const std::unique_ptr<const Checkpoint> checkpoint_;
  CheckpointParameters parameters_;
  std::vector<Lora> loras_;
  LoraParameters with_loras_{parameters_, loras_};
};

}  // namespace miafr
