#include "demo/pretrain/captions.h"

#include "demo/render/random.h"

namespace miafr::demo {

std::string caption_of(const PhotoPlan& photo, std::uint64_t draw, bool has_name) {
  Random random(draw);
  if (random.chance(0.1F)) return "";
  const std::string age = age_name(photo.age);
  const bool says_glasses = photo.eyeglasses && random.chance(0.8F);
  const std::string glasses = says_glasses ? " wearing eyeglasses" : "";
  if (random.chance(0.1F)) return "A photo of a " + age + glasses;
  const std::string name = has_name && random.chance(0.95F) ? std::string(kName) + " " : "";
  const std::string says_age = random.chance(0.85F) ? " as " + age : "";
  return "photo of a " + name + "person" + says_age + glasses;
}

}  // namespace miafr::demo
