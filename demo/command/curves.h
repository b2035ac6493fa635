// How the trainings went, as plots.
#pragma once

#include <filesystem>
#include <vector>

#include "core/experiment/trial.h"
#include "core/report/plot_script.h"

namespace miafr::demo {

// "loss": the denoising error; "gradients": the norm that each part of the loss has on the U-Net. Means
// over subjects and seeds, a colour for each loss. Drawn into `folder`. Nothing without gnuplot. Throws Error.
std::vector<Plot> draw_curves(const Experiment& experiment, const std::filesystem::path& out,
                              const std::filesystem::path& folder);

}  // namespace miafr::demo
