// What the base model paints before it has learned anybody: where every subject starts from.
#pragma once

#include "core/experiment/experiment_config.h"
#include "demo/command/plan.h"
#include "demo/command/program.h"

namespace miafr::demo {

// The same prompts and seeds as the experiment's, for any person. What is there already is not painted again. Every
// subject is then given these pictures, in the folders that the experiment's evaluate.methods names. Returns the call
// of miafr that paints all of them.
std::vector<std::string> paint_before(const DemoFolder& folder, const Experiment& experiment, const Program& program);

}  // namespace miafr::demo
