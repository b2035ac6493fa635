#include "core/fit/fit_settings.h"

namespace miafr {

const Section<FitSettings>& fit_section() {
  using F = FitSettings;
  static const auto& section = *new Section<F>{
      field("steps", &F::steps, "steps of the whole run", 1, 1e12),
      field("batch_size", &F::batch_size, "photos of a batch", 1, 65536),
      field("seed", &F::seed, "of all that is drawn at random", 0, 9e15),
      field("max_grad_norm", &F::max_grad_norm, "longer gradients are shortened to it; 0: never", 0, kNoLimit),
      field("keep_pictures", &F::keep_pictures, "keep each photo's crop in memory, where there is room"),
      field("checkpoint_every", &F::checkpoint_every, "steps; 0: only at the end", 0, 1e12),
      field("keep_last", &F::keep_last, "checkpoints to keep; 0: all", 0, 1e6),
      field("preview_every", &F::preview_every, "steps; 0: no previews", 0, 1e12),
      field("max_previews", &F::max_previews, "photos that previews are made of", 1, 64),
  };
  return section;
}

FitSettings read_fit_settings(const RawParams& given) {
  FitSettings settings;
  fit_section().assign(resolve_params(fit_section().table(), given, "fit"), settings);
  return settings;
}

}  // namespace miafr
