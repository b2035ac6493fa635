// demo.html: what was done and what came out, in one file that needs no other.
#pragma once

#include <cstdint>
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

// The dot in the colour that the method has in the plots: its number in the evaluation, from 0.
std::string chip(std::size_t method);

// Names as people read them: "before fine-tuning", "drawn (the truth)".
std::string method_title(const std::string& method);

// The losses, then what is judged beside them.
std::vector<std::string> methods_of(const Experiment& experiment);

// Of a subject: the photos, and a table of methods x ages with pictures and what the judge says of them.
std::string subject_section(const PageInputs& inputs, const Verdicts& verdicts, std::size_t subject);

// How all of it came about.
std::string what_was_done_section(const PageInputs& inputs);

// How to do the same with a real checkpoint and real photos.
std::string real_weights_section();

}  // namespace miafr::demo
