// A sampler plugin at work: what the host makes sure of before it calls one.
#pragma once

#include "core/plugin/sampler.h"
#include "core/runtime/chosen_plugin.h"

namespace miafr {

// Throws Error for a sampler that cannot run in reverse.
void require_reverse(const ChosenPlugin<Sampler>& sampler);

// The sampler's own, with the check above where the request is reversed.
at::Tensor sample(const ChosenPlugin<Sampler>& sampler, const SamplerRequest& request);

}  // namespace miafr
