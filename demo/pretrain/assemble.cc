// What has been trained, as the files that come with the program.
#include <torch/types.h>

#include <iostream>

#include "demo/pretrain/base_model.h"
#include "demo/pretrain/stages.h"
#include "demo/pretrain/weights_file.h"

namespace miafr::demo {
namespace {

namespace fs = std::filesystem;

// What a network learnt with and does not need any more.
bool belongs_to_training(const std::string& name) { return name == "centres.embedding" || name == "scale_factor"; }

void write(const fs::path& file, const Weights& tensors) {
  Weights kept;
  for (const auto& [name, tensor] : tensors)
    if (!belongs_to_training(name)) kept[name] = tensor;
  write_weights(file, kept, /*half=*/true);
  std::cout << file.filename().string() << ": " << kept.size() << " tensors, " << fs::file_size(file) / 1000 << " kB\n";
}

}  // namespace

void assemble(const StageOptions& options) {
  const fs::path out = options.folder / "weights";
  fs::create_directories(out);
  const auto result = [&](const std::string& stage) { return options.folder / (stage + ".safetensors"); };
  const auto trained = [&](const std::string& stage) {
    if (fs::exists(result(stage))) return true;
    std::cout << stage << ": not trained to its end yet, left out\n";
    return false;
  };
  if (trained("autoencoder") && trained("diffusion")) {
    Weights base = read_weights(result("diffusion"));
    std::cout << "scale_factor: " << base.at("scale_factor").item<float>() << "\n";
    for (const auto& [name, tensor] : read_weights(result("autoencoder")))  // which may be a whole base model
      if (name.rfind(kAutoencoderPrefix, 0) == 0) base[name] = tensor;
    write(out / "drawn_v1.safetensors", base);
  }
  for (const std::string net : {"arcface", "adaface", "age", "faces"})
    if (trained(net)) write(out / ("drawn_" + net + ".safetensors"), read_weights(result(net)));
}

}  // namespace miafr::demo
