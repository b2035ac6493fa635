// Age estimators say how old a face looks: its apparent age, which is not the person's age.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/plugin/face_input.h"
#include "core/plugin/host_context.h"

namespace miafr {

class MIAFR_PUBLIC AgeEstimator {
 public:
  virtual ~AgeEstimator() = default;

  virtual const FaceInput& input() const = 0;

  // [N,3,input_height,input_width] float32 as declared -> [N] apparent ages in years. A face's age does not depend on
  // the others of its batch.
  virtual at::Tensor estimate(const at::Tensor& faces) = 0;
};

template <>
struct PluginKind<AgeEstimator> {
  static constexpr const char* kName = "age_estimator";
  static constexpr const char* kFolder = "age_estimators";
  static constexpr const char* kFlagsTitle = "properties";
  static constexpr FlagSpec kFlags[] = {{0, ""}};  // none yet
};

}  // namespace miafr

// (Class, name, version, summary, parameter table or miafr::kNoParams, 0 [, licence])
#define MIAFR_AGE_ESTIMATOR_PLUGIN(Class, ...) MIAFR_PLUGIN(::miafr::AgeEstimator, Class, __VA_ARGS__)
