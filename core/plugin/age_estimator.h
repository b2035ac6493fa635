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
  static constexpr const char* kNeedsTitle = "traits";
  static constexpr NeedSpec kNeeds[] = {{0, ""}};  // none yet
  static constexpr const char* kTemplate =
      R"source(// @NAME@: takes bright faces for young ones. A place to put your network; as an estimator it is worth nothing.
#include <torch/types.h>

#include "core/plugin/age_estimator.h"

namespace {

class @Class@ final : public miafr::AgeEstimator {
 public:
  @Class@(const miafr::Params&, miafr::HostContext&) {
    // host.model_file("weights.safetensors", "where it is published, its licence") finds your weights.
    input_.template_points = miafr::kArcFacePoints112;
  }

  const miafr::FaceInput& input() const override { return input_; }

  at::Tensor estimate(const at::Tensor& faces) override {
    return 40 - 30 * faces.mean({1, 2, 3});  // [N]
  }

 private:
  miafr::FaceInput input_;
};

}  // namespace

MIAFR_AGE_ESTIMATOR_PLUGIN(@Class@, "@NAME@", "0.1", "brightness as age", miafr::kNoParams, 0, "MIT")
)source";
};

}  // namespace miafr

// (Class, name, version, summary, parameter table or miafr::kNoParams, 0 [, licence])
#define MIAFR_AGE_ESTIMATOR_PLUGIN(Class, ...) MIAFR_PLUGIN(::miafr::AgeEstimator, Class, __VA_ARGS__)
