// Judging what the finished trials painted: one `miafr evaluate` over all of them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/experiment/trial.h"
#include "core/experiment/trial_record.h"
#include "core/experiment/trial_run.h"

namespace miafr {

// OUT/judged/ gets the pictures as `miafr evaluate` takes them, by hard links where the file system has them:
// references/PERSON/, training/PERSON/, and METHOD/PERSON/SEED/ of every finished trial. What was there before goes.
// Photos that cannot be used are warned of; throws Error where a person has no other.
void gather_pictures(const Experiment& experiment, const std::vector<Trial>& finished,
                     const std::filesystem::path& out);

// What the plugins say of those that judge.
struct Judges {
  std::vector<std::string> trained;          // of the matchers, those that a loss is trained against
  std::vector<std::filesystem::path> files;  // that their parameters name: weights
};

// The call for what gather_pictures made; into OUT/evaluation.
StageCommand evaluate_command(const Experiment& experiment, const std::vector<Trial>& finished,
                              const StageSettings& settings, const Judges& judges);

// What an evaluation follows from, the version of this program included. Equal texts: it need not be done again.
std::string evaluation_inputs(const Experiment& experiment, const std::vector<Trial>& finished,
                              const std::filesystem::path& out, const Judges& judges, InputHashes& hashes);

}  // namespace miafr
