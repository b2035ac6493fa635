#include "demo/render/face.h"

#include <algorithm>

#include "core/base/errors.h"
#include "demo/render/hair_shape.h"

namespace miafr::demo {
namespace {

// A canvas pixel's place in the final image, where a pixel's centre has whole coordinates too.
cv::Point2f in_image(cv::Point2f canvas) {
  const auto reduced = [](float v) { return (v + 0.5F) / kSupersampling - 0.5F; };
  return {reduced(canvas.x), reduced(canvas.y)};
}

std::array<cv::Point2f, 5> landmarks_of(const Scene& s) {
  const Anatomy& f = s.face;
  const float corner = f.mouth_y - f.corners;
  return {in_image(s.at(-f.eye_x, pupil_y(f))), in_image(s.at(f.eye_x, pupil_y(f))),
          in_image(s.at(0, f.nose_y, nose_lift(f))), in_image(s.at(-f.mouth_width, corner)),
          in_image(s.at(f.mouth_width, corner))};
}

cv::Rect2f box_of(const Scene& s) {
  const Anatomy& f = s.face;
  const Points contour = head_contour(s);
  float left = contour[0].x, right = left, bottom = contour[0].y;
  for (const cv::Point2f& p : contour) {
    left = std::min(left, p.x), right = std::max(right, p.x);
    bottom = std::max(bottom, p.y);
  }
  const float above = f.brow_y - 0.12F;
  const float top = std::min(s.at(-f.eye_x, above).y, s.at(f.eye_x, above).y);
  return {in_image({left, top}), in_image({right, bottom})};
}

}  // namespace

Rendering render_face(const Identity& identity, AgeLabel age, bool eyeglasses, const Nuisance& nuisance, int size) {
  if (size < 16 || size > 1024)
    throw Error("a drawn face of " + std::to_string(size) + " pixels: allowed are 16..1024");
  Scene scene(identity, age_in_years(age, nuisance.age_jitter), nuisance, size);
  draw_background(scene);
  draw_hair_behind(scene);
  draw_body(scene);
  if (cut_of(scene).length == 0) draw_ears(scene);  // else hair covers them
  draw_head(scene);
  draw_skin(scene);
  draw_wrinkles(scene);
  draw_nose(scene);
  draw_mouth(scene);
  draw_beard(scene);
  draw_eyes(scene);
  draw_brows(scene);
  if (eyeglasses) draw_glasses(scene);
  draw_hair(scene);
  return {scene.canvas.finish(scene.light), landmarks_of(scene), box_of(scene)};
}

}  // namespace miafr::demo
