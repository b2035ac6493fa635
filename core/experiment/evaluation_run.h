// Judging what the finished cells painted: one `miafr evaluate` over all of them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/experiment/cell.h"
#include "core/experiment/cell_record.h"
#include "core/experiment/cell_run.h"

namespace miafr {

// OUT/judged/ gets the pictures as `miafr evaluate` takes them, by hard links where the file system has them:
// references/PERSON/, training/PERSON/, and LOSS/PERSON/SEED/ of every finished cell. What was there before goes.
void gather_pictures(const Experiment& experiment, const std::vector<Cell>& finished, const std::filesystem::path& out);

// Matchers that losses of the experiment are trained against, of those that judge.
using Matchers = std::vector<std::string>;

// The call for what gather_pictures made; into OUT/evaluation. trained: of the judging matchers, those that a loss is
// trained against.
StageCommand evaluate_command(const Experiment& experiment, const std::vector<Cell>& finished,
                              const StageSettings& settings, const Matchers& trained);

// What an evaluation follows from. Equal texts: it need not be done again.
std::string evaluation_inputs(const Experiment& experiment, const std::vector<Cell>& finished,
                              const StageSettings& settings, InputHashes& hashes);

// "dlib_resnet" of "dlib_resnet:weights=FILE".
std::string plugin_name(const std::string& choice);

}  // namespace miafr
