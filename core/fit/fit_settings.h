// How an editor is fitted: what its plugin's own parameters do not say.
#pragma once

#include <cstdint>

#include "core/config/plugin_params.h"
#include "core/config/section.h"

namespace miafr {

struct FitSettings {
  std::int64_t steps = 10000;
  std::int64_t batch_size = 16;
  std::int64_t seed = 23;
  double max_grad_norm = 0;
  bool keep_pictures = true;
  std::int64_t checkpoint_every = 500;
  std::int64_t keep_last = 2;
  std::int64_t preview_every = 500;
  std::int64_t max_previews = 4;
};

// The table of names, defaults and ranges.
const Section<FitSettings>& fit_section();

// From key=value pairs. Throws ConfigError.
FitSettings read_fit_settings(const RawParams& given);

}  // namespace miafr
