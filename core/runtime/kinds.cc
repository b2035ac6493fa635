#include "core/runtime/kinds.h"

#include <algorithm>
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
  return {Traits::kName,
          Traits::kFolder,
          Traits::kNeedsTitle,
          {std::begin(Traits::kNeeds), std::end(Traits::kNeeds)},
          Traits::kTemplate};
}

}  // namespace

const std::vector<Kind>& kinds() {
  static const auto& all = *new std::vector<Kind>{
      kind<IdentityLoss>(), kind<Sampler>(), kind<FaceDetector>(), kind<FaceMatcher>(),
      kind<AgeEstimator>(), kind<Quality>(), kind<Editor>(),
  };
  return all;
}

bool is_plugin_name(const std::string& name) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name[0] >= 'a' && name[0] <= 'z' && std::all_of(name.begin(), name.end(), fits);
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
