#include "core/runtime/kinds.h"

#include <iterator>

#include "core/base/errors.h"
#include "core/plugin/age_estimator.h"
#include "core/plugin/editor.h"
#include "core/plugin/face_detector.h"
#include "core/plugin/face_matcher.h"
#include "core/plugin/loss.h"
#include "core/plugin/quality.h"
#include "core/plugin/sampler.h"

namespace miafr {
namespace {

template <class Interface>
Kind kind() {
  using Traits = PluginKind<Interface>;
  return {Traits::kName, Traits::kFolder, Traits::kFlagsTitle, {std::begin(Traits::kFlags), std::end(Traits::kFlags)}};
}

}  // namespace

const std::vector<Kind>& kinds() {
  static const auto& all = *new std::vector<Kind>{
      kind<IdentityLoss>(), kind<Sampler>(), kind<FaceDetector>(), kind<FaceMatcher>(),
      kind<AgeEstimator>(), kind<Quality>(), kind<Editor>(),
  };
  return all;
}

const Kind& kind_named(const std::string& name) {
  std::string known;
  for (const Kind& kind : kinds()) {
    if (kind.name == name) return kind;
    known += (known.empty() ? "" : ", ") + kind.name;
  }
  throw UsageError("unknown kind of plugin '" + name + "'; kinds: " + known);
}

}  // namespace miafr
