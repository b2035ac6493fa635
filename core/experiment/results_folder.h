// OUT, an experiment's folder: what lies in it is the experiment's, to be replaced.
#pragma once

#include <filesystem>

namespace miafr {

// The file that says so. Who evaluates has it locked.
std::filesystem::path results_mark(const std::filesystem::path& out);

// Throws Error where OUT holds files, and no experiment: they are somebody's.
void check_results_folder(const std::filesystem::path& out);

// Makes the folder, and marks it. Throws Error.
void make_results_folder(const std::filesystem::path& out);

}  // namespace miafr
