// miafr doctor: what this machine and this installation can do.
#include <ATen/Parallel.h>
#include <ATen/Version.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

#include "core/commands/options.h"
#include "core/cuda/load_kernels.h"
#include "core/runtime/device.h"
#include "core/runtime/kinds.h"
#include "core/runtime/plugin_host.h"
#include "core/runtime/plugin_registry.h"
#include "core/runtime/sdk_flags.h"
#include "core/base/version.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

void line(const std::string& what, const std::string& value) {
  std::cout << what << std::string(what.size() < 12 ? 12 - what.size() : 1, ' ') << value << "\n";
}

// The value of the first "key : value" line of a file of /proc.
std::string proc_value(const char* file, const std::string& key) {
  std::ifstream in(file);
  for (std::string text; std::getline(in, text);)
    if (text.rfind(key, 0) == 0) {
      const std::size_t value = text.find_first_not_of(" \t", text.find(':') + 1);
      return value == std::string::npos ? "" : text.substr(value);
    }
  return "";
}

std::string cpu_features() {
  std::istringstream flags(proc_value("/proc/cpuinfo", "flags"));
  const std::set<std::string> wanted{"avx2",        "fma",         "f16c",     "avx512f",
                                     "avx512_bf16", "avx512_fp16", "amx_bf16", "amx_tile"};
  std::string found;
  for (std::string flag; flags >> flag;)
    if (wanted.count(flag)) found += (found.empty() ? "" : " ") + flag;
  return found.empty() ? "none of avx2, fma, avx512, amx: expect it to be slow" : found;
}

std::string gigabytes(const std::string& kilobytes) {
  std::ostringstream text;
  text.precision(1);
  text << std::fixed << std::strtod(kilobytes.c_str(), nullptr) / (1024 * 1024) << " GiB";
  return text.str();
}

void plugin_states(const GlobalOptions& globals) {
  PluginRegistry registry(PluginRegistry::default_folders(globals.plugin_dirs));
  std::map<std::string, int> usable;
  std::vector<std::string> refused;
  for (const auto& entry : registry.list()) {
    if (entry.shadowed) continue;
    try {
      ++usable[registry.load(entry.file)->descriptor().kind];
    } catch (const std::exception& e) {
      refused.push_back(e.what());
    }
  }
  std::string counts;
  for (const Kind& kind : kinds())
    counts += (counts.empty() ? "" : ", ") + std::to_string(usable[kind.name]) + " " + kind.folder;
  line("plugins", counts + (refused.empty() ? "" : ", " + std::to_string(refused.size()) + " refused"));
  for (const std::string& reason : refused) line("", reason);
}

void model_files(const GlobalOptions& globals) {
  for (const std::string& folder : default_model_folders(globals.models_dirs)) {
    std::error_code error;
    std::string files;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
      if (entry->is_regular_file(error)) files += (files.empty() ? "" : ", ") + entry->path().filename().string();
    line("models", folder + ": " + (error ? "not there" : files.empty() ? "no files" : files));
  }
}

}  // namespace

int run_doctor(const GlobalOptions& globals, const Arguments& arguments) {
  Options options("doctor",
                  "Shows versions, processor, memory, devices, plugins and model files: what to send with a question.");
  if (!options.parse(arguments)) return 0;

  line("miafr", std::string(kVersion) + ", SDK " + std::to_string(kApiVersion) + ", entry " + kPluginEntry);
  line("LibTorch", std::string(TORCH_VERSION) + " at " + torch_folder().string());
  line("compiler", MIAFR_COMPILER);
  line("processor", proc_value("/proc/cpuinfo", "model name"));
  line("", "features: " + cpu_features() + "; LibTorch uses " + at::get_cpu_capability());
  line("threads", std::to_string(at::get_num_threads()) + " (set OMP_NUM_THREADS to change)");
  line("memory", gigabytes(proc_value("/proc/meminfo", "MemAvailable")) + " available of " +
                     gigabytes(proc_value("/proc/meminfo", "MemTotal")));
  line("CUDA", cuda_obstacle().empty() ? "can be used" : cuda_obstacle());
  line("kernels", fs::exists(kernels_file())
                      ? "own CUDA kernels are built; each is tried beside LibTorch's at its first use"
                      : "no own CUDA kernels: ./miafr setup --cuda brings nvcc, ./miafr build makes them");
  plugin_states(globals);
  model_files(globals);
  return 0;
}

}  // namespace miafr
