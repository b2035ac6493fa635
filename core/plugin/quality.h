// Quality measures say how fit a face image is for recognition (ISO/IEC 29794-1, 29794-5): as the measure itself finds
// it, and on the standard's common scale.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "core/plugin/face_input.h"
#include "core/plugin/host_context.h"

namespace miafr {

struct QualityInfo {
  const char* name;  // snake_case, unique within the plugin
  const char* unit;  // of the native value: "px", "degrees", "" for none
  const char* doc;   // one line: what is measured, how, and where from
};

// N faces of pictures that may differ in size.
struct QualityInput {
  at::Tensor faces;          // [N,3,input_height,input_width] float32 as declared
  at::Tensor points;         // [N,5,2] float32, the face points in the picture, in the order of FacePoints
  at::Tensor boxes;          // [N,4] float32, left, top, right, bottom in the picture
  at::Tensor picture_sizes;  // [N,2] float32, height and width of the picture
};

struct QualityValues {
  at::Tensor native;  // [N,M] in each measure's own unit; NaN where it cannot be had
  at::Tensor score;   // [N,M] in 0..100, higher is fitter for recognition (ISO/IEC 29794-1 quality component)
};

class MIAFR_PUBLIC Quality {
 public:
  virtual ~Quality() = default;

  virtual const FaceInput& input() const = 0;

  // The plugin's measures, M of them, in the order of the columns of QualityValues.
  virtual const std::vector<QualityInfo>& measures() const = 0;

  // A face's values do not depend on the others of its batch.
  virtual QualityValues assess(const QualityInput& in) = 0;
};

template <>
struct PluginKind<Quality> {
  static constexpr const char* kName = "quality";
  static constexpr const char* kFolder = "quality";
  static constexpr const char* kFlagsTitle = "properties";
  static constexpr FlagSpec kFlags[] = {{0, ""}};  // none yet
};

}  // namespace miafr

// (Class, name, version, summary, parameter table or miafr::kNoParams, 0 [, licence])
#define MIAFR_QUALITY_PLUGIN(Class, ...) MIAFR_PLUGIN(::miafr::Quality, Class, __VA_ARGS__)
