// An experiment with little in it.
#pragma once

#include <fstream>

#include "core/experiment/experiment_config.h"

namespace miafr_tests {

// One person, anna, and one method, plain; its files in `folder`.
inline miafr::Experiment small_experiment(const std::filesystem::path& folder) {
  std::ofstream(folder / "model.ckpt") << "weights";
  std::filesystem::create_directories(folder / "anna");
  std::ofstream(folder / "anna/1.png") << "photo";
  miafr::Experiment experiment;
  experiment.name = "small";
  experiment.checkpoint = folder / "model.ckpt";
  experiment.subjects = {{"anna", folder / "anna", "sks", "person", "", ""}};
  experiment.methods = {{"plain", {}}};
  experiment.methods[0].config.losses = {{"cosine", 0.1, {{"a", "1"}}}};
  experiment.prompts = {{"photo of a {token} {class}", "x"}};
  return experiment;
}

}  // namespace miafr_tests
