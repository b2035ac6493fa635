// Every age estimator: one finite age a face, the same alone and in a batch.
#include <torch/types.h>

#include "core/contract/contract.h"
#include "core/contract/smooth_pictures.h"
#include "core/plugin/age_estimator.h"

namespace miafr {

void check_age_estimator(std::shared_ptr<const PluginLibrary> library, const Params& params, HostContext& host,
                         Checks& checks) {
  const at::NoGradGuard no_grad;
  std::shared_ptr<AgeEstimator> estimator;
  if (!checks.run("it can be made with its defaults",
                  [&] { estimator = PluginLibrary::create<AgeEstimator>(library, params, host); }))
    return;
  if (!check_face_input(estimator->input(), checks)) return;
  const at::Tensor faces = smooth_faces(3, estimator->input());
  at::Tensor ages;
  const bool estimates = checks.run("it gives each face a finite age", [&] {
    ages = estimator->estimate(faces);
    expect(ages.sizes() == at::IntArrayRef({3}), "shape " + c10::str(ages.sizes()));
    expect(ages.isfinite().all().item<bool>(), "not finite");
  });
  if (!estimates) return;
  checks.run("a face has the same age alone and in a batch", [&] {
    const double alone = estimator->estimate(faces.slice(0, 1, 2)).item<double>(), batch = ages[1].item<double>();
    expect(std::abs(alone - batch) < 0.01, std::to_string(alone) + " and " + std::to_string(batch) + " years");
  });
}

}  // namespace miafr
