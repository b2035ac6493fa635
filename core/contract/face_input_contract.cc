// Every plugin that takes aligned faces: a usable declaration of them.
#include "core/contract/contract.h"

namespace miafr {

bool check_face_input(const FaceInput& input, Checks& checks) {
  return checks.run("it declares a usable input", [&] {
    expect(input.input_height > 0 && input.input_width > 0, "a size is not positive");
    for (double scale : input.scale) expect(scale > 0, "scale " + std::to_string(scale));
    for (const auto& [x, y] : input.template_points)
      expect(x >= 0 && y >= 0 && x < input.input_width && y < input.input_height,
             "a template point lies outside the input");
    expect(input.template_points[1][0] - input.template_points[0][0] > 1,
           "the template's right eye is not right of its left eye");
  });
}

}  // namespace miafr
