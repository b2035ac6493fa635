// Face detectors find every face of a picture: where it is, how sure they are, and five points to align it by.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/plugin/face_input.h"
#include "core/plugin/host_context.h"

namespace miafr {

// Bits of PluginDescriptor::flags.
enum DetectorProperties : std::uint32_t {
  kEstimatesPoints = 1,  // some of the points follow from the box or from other points: good enough to look at, not to
                         // measure with
};

// One face, in pixels of the picture, pixel centres at integers. It may reach beyond the picture's border.
struct DetectedFace {
  double left = 0, top = 0, right = 0, bottom = 0;  // the box's outermost pixels
  double confidence = 0;                            // 0..1, higher is surer
  FacePoints points{};                              // all finite
};

class MIAFR_PUBLIC FaceDetector {
 public:
  virtual ~FaceDetector() = default;

  // [N,H,W,3] uint8 RGB pictures of one size, on the host's device -> the faces of each, the surest first. The result
  // for a picture does not depend on the others of its batch. Pictures of any size are allowed; one that is too small
  // for the detector has no faces. Safe to call from several threads at once.
  virtual std::vector<std::vector<DetectedFace>> detect(const at::Tensor& pictures) = 0;
};

template <>
struct PluginKind<FaceDetector> {
  static constexpr const char* kName = "face_detector";
  static constexpr const char* kFolder = "face_detectors";
  static constexpr const char* kFlagsTitle = "properties";
  static constexpr FlagSpec kFlags[] = {{kEstimatesPoints, "some face points are estimated, not found"}};
};

}  // namespace miafr

// (Class, name, version, summary, parameter table or miafr::kNoParams, properties [, licence])
#define MIAFR_FACE_DETECTOR_PLUGIN(Class, ...) MIAFR_PLUGIN(::miafr::FaceDetector, Class, __VA_ARGS__)
