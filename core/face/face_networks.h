// The plugins that look at faces in a run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/plugin/age_estimator.h"
#include "core/plugin/face_detector.h"
#include "core/plugin/face_matcher.h"
#include "core/plugin/quality.h"
#include "core/runtime/chosen_plugin.h"

namespace miafr {

struct FaceNetworks {
  ChosenPlugin<FaceDetector> detector;  // none where pictures are aligned already
  std::vector<ChosenPlugin<FaceMatcher>> matchers;
  ChosenPlugin<AgeEstimator> age;  // may be none
  std::vector<ChosenPlugin<Quality>> quality;
};

}  // namespace miafr
