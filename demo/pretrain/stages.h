// What is trained, each on its own; README.md tells in which order.
#pragma once

#include <cstdint>
#include <filesystem>

#include "demo/pretrain/training_run.h"

namespace miafr::demo {

struct StageOptions {
  std::filesystem::path folder;      // of all stages: the autoencoder's weights are found there
  std::filesystem::path vocabulary;  // CLIP's
  std::int64_t steps = 0;            // 0: as many as the stage has by itself
  double learning_rate = 0;          // the highest; 0: the stage's own
  std::uint64_t seed = 0;
  std::filesystem::path from;  // weights to begin with; none: empty
  std::int64_t save_every = 200;
};

// The plan of a stage, with the options in it.
inline TrainingPlan stage_plan(const StageOptions& options, const std::string& name, std::int64_t steps,
                               double learning_rate) {
  TrainingPlan plan;
  plan.learning_rate = options.learning_rate > 0 ? options.learning_rate : learning_rate;
  plan.name = name;
  plan.folder = options.folder;
  plan.steps = options.steps > 0 ? options.steps : steps;
  plan.seed = options.seed;
  plan.from = options.from;
  plan.save_every = options.save_every;
  return plan;
}

// Photos to latents and back. -> autoencoder.safetensors
void train_autoencoder(const StageOptions& options);

// Text encoder and U-Net together, on the autoencoder's latents. -> diffusion.safetensors, with scale_factor
void train_diffusion(const StageOptions& options);

// The matcher that losses train against, and the one that judges. -> arcface.safetensors, adaface.safetensors
void train_arcface(const StageOptions& options);
void train_adaface(const StageOptions& options);

// What is there as float16 files, FOLDER/weights/drawn_*.safetensors: autoencoder, text encoder and U-Net as one
// Stable Diffusion checkpoint.
void assemble(const StageOptions& options);

// How old a face is. -> age.safetensors
void train_age(const StageOptions& options);

// Where a face is, and whether there is one. -> faces.safetensors
void train_faces(const StageOptions& options);

// What the two are worth on people they have not seen, as JSON on standard output. -> faces.png
void measure_looks(const StageOptions& options);

}  // namespace miafr::demo
