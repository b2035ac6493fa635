// demo.html: what was done and what came out, in one file that needs no other.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/experiment/experiment_config.h"
#include "core/experiment/tables.h"
#include "core/report/plot_script.h"
#include "demo/command/judged.h"
#include "demo/command/plan.h"

namespace miafr::demo {

struct PageInputs {
  DemoFolder folder;
  Experiment experiment;
  std::string outdir;  // as it was given
  std::uint64_t seed = 0;
  std::vector<std::vector<std::string>> commands;  // that were run
  double seconds = 0;                              // of this call
};

// From the files of a finished experiment. Throws Error.
std::string demo_page(const PageInputs& inputs);

// ---- its parts

inline constexpr double kTargetFmr = 0.01;
// What stands beside the losses: pictures before any fine-tuning, and the people as they really look.
inline constexpr const char *kBefore = "before", *kTruth = "truth";

// Names as people read them: "before fine-tuning", "drawn (the truth)".
std::string method_title(const std::string& method);

// The losses, then what is judged beside them.
std::vector<std::string> methods_of(const Experiment& experiment);

// {method_name, colour, is_truth}: how a method is called, and its colour in the plots, which goes by its number in the
// evaluation.
nlohmann::ordered_json method_object(const Experiment& experiment, const std::string& method);

// What the template "subject" shows of a person: the photos, and a table of methods x ages with pictures and what the
// judge says of them.
nlohmann::ordered_json subject_object(const PageInputs& inputs, const Verdicts& verdicts, std::size_t subject);

// The commands that were run, as one types them, with the folder as it was named on the command line.
std::vector<std::string> typed_commands(const PageInputs& inputs);

std::vector<std::string> lines_of(const std::string& text);

}  // namespace miafr::demo
