// HostContext::image_to_image by the program's own Stable Diffusion.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>

#include "core/plugin/host_context.h"
#include "core/runtime/plugin_host.h"
#include "core/runtime/plugin_registry.h"

namespace miafr {

// vocabulary: of the text encoder's tokenizer. on_step may throw Cancelled. Throws Error, ConfigError and UsageError
// for inputs that it cannot work with.
void image_to_image(const ImageToImage& wanted, PluginRegistry& registry, const RunSettings& run,
                    const std::filesystem::path& vocabulary,
                    const std::function<void(std::size_t prompt, at::Tensor picture)>& deliver,
                    const std::function<void(std::int64_t done, std::int64_t total)>& on_step);

}  // namespace miafr
