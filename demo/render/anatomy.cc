#include "demo/render/anatomy.h"

#include <algorithm>
#include <cmath>

namespace miafr::demo {

Anatomy anatomy_of(const Identity& identity, const AgeTraits& age, const Nuisance& nuisance) {
  Anatomy face{};
  const HeadShape& head = identity.head;
  face.crown = head.forehead * age.crown;
  face.chin = head.length * age.chin;
  face.temple = head.temple * age.width;
  face.cheek = head.cheek * age.width * (1 + 0.03F * age.cheeks);
  face.jaw = head.jaw * age.width * age.jaw;
  face.chin_width = head.chin * age.jaw;

  face.eye_x = identity.eyes.spacing * (1 + 0.25F * (age.eyes - 1));
  face.eye_width = identity.eyes.width * age.eyes;
  face.eye_opening = identity.eyes.opening * age.opening * (1 - 0.22F * nuisance.smile);
  face.brow_thickness = identity.brows.thickness * age.brows;
  face.brow_y = -identity.brows.height - 0.035F * nuisance.brow_raise + 0.03F * age.sag;
  face.brow_slope = identity.brows.slope + 0.16F * std::min(0.F, nuisance.brow_raise) * -1 - 0.10F * age.sag;

  face.nose_scale = age.nose;
  face.nose_y = identity.nose.length * (0.35F * age.chin + 0.65F * age.nose) * std::min(1.F, 0.25F + 0.75F * face.chin);
  face.nose_width = identity.nose.width * age.nose * (1 + 0.08F * nuisance.smile);
  face.mouth_y = face.nose_y + (face.chin - face.nose_y) * identity.mouth.height;
  face.mouth_width = identity.mouth.width * age.mouth * (1 + 0.16F * nuisance.smile - 0.08F * nuisance.open_mouth);
  face.mouth_gap = 0.13F * nuisance.open_mouth + 0.05F * std::max(0.F, nuisance.smile - 0.6F);
  face.corners = identity.mouth.corners + 0.065F * nuisance.smile - 0.03F * age.sag;
  face.upper_lip = identity.mouth.upper * age.lips * (1 - 0.2F * nuisance.smile);
  face.lower_lip = identity.mouth.lower * age.lips * (1 - 0.1F * nuisance.smile);
  face.chin += 0.45F * face.mouth_gap;

  face.ear_size = identity.ears.size * age.ears;
  face.hairline = -0.70F * face.crown + identity.hair.hairline;
  face.receding = age.receding * identity.hair.thinning;
  return face;
}

float surface(const Anatomy& face, float x, float y) {
  const float u = x / (1.12F * face.cheek), v = (y - 0.05F) / (1.3F * std::max(face.crown, face.chin));
  return 0.72F * std::sqrt(std::max(0.04F, 1 - u * u - v * v));
}

}  // namespace miafr::demo
