// Every quality plugin: as many columns as it declares measures, scores in 0..100, the same alone and in a batch.
#include <torch/types.h>

#include <set>

#include "core/config/plugin_choice.h"
#include "core/contract/contract.h"
#include "core/contract/smooth_pictures.h"
#include "core/plugin/quality.h"

namespace miafr {
namespace {

// Faces in pictures of 200 x 300, upright and in the middle.
QualityInput three_faces(const FaceInput& input) {
  at::Tensor points = at::empty({5, 2}, at::kFloat);
  for (int i = 0; i < 5; ++i) {
    points[i][0] = 94 + kArcFacePoints112[i][0];
    points[i][1] = 44 + kArcFacePoints112[i][1];
  }
  return {smooth_faces(3, input), points.expand({3, 5, 2}).contiguous(),
          at::tensor({100.f, 40.f, 200.f, 160.f}).expand({3, 4}).contiguous(),
          at::tensor({200.f, 300.f}).expand({3, 2}).contiguous()};
}

QualityInput second_of(const QualityInput& in) {
  return {in.faces.slice(0, 1, 2), in.points.slice(0, 1, 2), in.boxes.slice(0, 1, 2), in.picture_sizes.slice(0, 1, 2)};
}

}  // namespace

void check_quality(std::shared_ptr<const PluginLibrary> library, const Params& params, HostContext& host,
                   Checks& checks) {
  const at::NoGradGuard no_grad;
  std::shared_ptr<Quality> quality;
  if (!checks.run("it can be made with its defaults",
                  [&] { quality = PluginLibrary::create<Quality>(library, params, host); }))
    return;
  if (!check_face_input(quality->input(), checks)) return;
  checks.run("its measures have names of their own", [&] {
    std::set<std::string> names;
    for (const QualityInfo& measure : quality->measures())
      expect(is_plugin_name(measure.name) && names.insert(measure.name).second, std::string("'") + measure.name + "'");
    expect(!names.empty(), "it has none");
  });
  const QualityInput faces = three_faces(quality->input());
  const auto columns = static_cast<int64_t>(quality->measures().size());
  QualityValues values;
  const bool assesses = checks.run("its scores lie in 0..100, a column for each measure", [&] {
    values = quality->assess(faces);
    for (const at::Tensor& table : {values.native, values.score})
      expect(table.sizes() == at::IntArrayRef({3, columns}), "shape " + c10::str(table.sizes()));
    expect(((values.score >= 0) & (values.score <= 100)).all().item<bool>(), "a score lies outside");
  });
  if (!assesses) return;
  checks.run("a face has the same scores alone and in a batch", [&] {
    const double difference = (quality->assess(second_of(faces)).score[0] - values.score[1]).abs().max().item<double>();
    expect(difference < 0.01, "largest difference " + std::to_string(difference));
  });
}

}  // namespace miafr
