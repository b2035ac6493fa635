#include "demo/render/scene.h"

#include <algorithm>

namespace miafr::demo {
namespace {

Light light_of(const Nuisance& nuisance) {
  const cv::Vec3f towards(nuisance.light_x, nuisance.light_y, 1);
  return {towards / static_cast<float>(cv::norm(towards)), nuisance.contrast, nuisance.warmth};
}

// Hair greys from its own colour over grey to white, sooner in some than in others.
Color hair_of(const Hair& hair, const AgeTraits& age) {
  const float grey = std::clamp(age.grey * (1 + 0.35F * hair.greying * (1 - age.grey)), 0.F, 1.F);
  const Color white = mix({214, 212, 210}, hair.color, 0.06F);
  return mix(saturated(hair.color, 1 - 0.5F * grey), white, 0.95F * grey);
}

}  // namespace

Scene::Scene(const Identity& who, float years, const Nuisance& how, int side)
    : identity(who),
      nuisance(how),
      age(age_traits(years)),
      face(anatomy_of(who, age, how)),
      pose(how, 0.5F * (face.chin - face.crown) - 0.02F, age.size, static_cast<float>(side * kSupersampling)),
      light(light_of(how)),
      canvas(side),
      skin(saturated(who.skin.color, age.saturation)),
      skin_shadow(scaled(skin, 0.70F, 0.54F, 0.50F)),
      hair(hair_of(who.hair, age)) {}

}  // namespace miafr::demo
