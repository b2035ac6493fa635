// Which subject has which rare word, as long as an experiment grows.
#pragma once

#include <filesystem>

#include "core/experiment/experiment_config.h"

namespace miafr {

// A subject that the file gives no token keeps the one that its trials in OUT were trained with; the others have those
// that are left, in their order. So one person more makes no other's trials different ones. Throws Error where the
// tokens are used up.
void keep_tokens(Experiment& experiment, const std::filesystem::path& out);

}  // namespace miafr
