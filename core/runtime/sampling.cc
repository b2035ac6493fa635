#include "core/runtime/sampling.h"

#include "core/base/errors.h"

namespace miafr {

void require_reverse(const ChosenPlugin<Sampler>& sampler) {
  if (!(sampler.identity.flags & kCanReverse))
    throw Error(sampler.library->title() +
                " cannot run in reverse; take one that can, such as ddim (miafr plugins describe says which)");
}

at::Tensor sample(const ChosenPlugin<Sampler>& sampler, const SamplerRequest& request) {
  if (request.reversed) require_reverse(sampler);
  return sampler.call("sample", [&](Sampler& object) { return object.sample(request); });
}

}  // namespace miafr
