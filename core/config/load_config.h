// A config file and the changes to it from the command line, as the typed config of a run.
//
// Two layouts are read: our own (configs/*.yaml) and the published one (`target:` and `params:`), which is translated
// by published_table.h. Changes may be spelled in either layout, whatever the file's is.
#pragma once

#include <string>
#include <vector>

#include "core/config/overrides.h"
#include "core/config/run_config.h"

namespace miafr {

// A setting of the published layout that has no effect here.
struct Ignored {
  std::string path;    // "model.params.monitor"
  std::string value;   // "val/loss_simple_ema"
  std::string reason;  // "MIAFR has its own log"
  std::string origin;  // "v1-finetune.yaml:16"
};

struct LoadedConfig {
  RunConfig config;
  std::vector<std::string> notices;  // where we do other than the file's author may expect: one line each
  std::vector<Ignored> ignored;
  std::string layout;  // "miafr" or "published"
};

// Changes apply in their order: a later one wins. What neither file nor changes say is as in `defaults`. Throws
// ConfigError for the first mistake found.
LoadedConfig load_config(const std::string& path, const std::vector<Override>& overrides = {},
                         const RunConfig& defaults = {});

// The same from text; name stands for the file in messages.
LoadedConfig load_config_text(const std::string& text, const std::string& name,
                              const std::vector<Override>& overrides = {});

}  // namespace miafr
