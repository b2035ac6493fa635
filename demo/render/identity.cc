#include "demo/render/identity.h"

#include <array>
#include <cmath>

#include "demo/render/random.h"

namespace miafr::demo {
namespace {

enum Stream { kHead = 1, kEyes, kBrows, kNose, kMouth, kEars, kSkin, kHair, kBeard, kMarks };

// What goes with each other in people: features of one palette, and the styles worn on either side of `soft`.
struct Leaning {
  float soft;  // 0 angular and broad, 1 slender and round
  float tone;  // of the skin, 0 light, 1 dark
};

HeadShape draw_head(Random random, const Leaning& leaning) {
  HeadShape head{};
  head.temple = random.uniform(0.65F, 0.77F);
  head.cheek = head.temple * random.uniform(0.94F, 1.06F);
  head.jaw = head.cheek * (random.uniform(0.78F, 0.95F) - 0.05F * leaning.soft);
  head.chin = head.jaw * (random.uniform(0.44F, 0.76F) - 0.06F * leaning.soft);
  head.length = random.uniform(0.90F, 1.10F);
  head.forehead = random.uniform(0.94F, 1.06F);
  head.cleft = random.chance(0.18F) ? random.uniform(0.6F, 1.F) : 0.F;
  return head;
}

Eyes draw_eyes(Random random, const Leaning& leaning) {
  static constexpr std::array<Color, 9> kIrises = {{{58, 36, 26},
                                                    {104, 62, 32},
                                                    {150, 96, 44},
                                                    {196, 140, 50},
                                                    {112, 128, 52},
                                                    {62, 146, 96},
                                                    {46, 118, 190},
                                                    {92, 164, 214},
                                                    {126, 142, 158}}};
  Eyes eyes{};
  eyes.spacing = random.uniform(0.295F, 0.405F);
  eyes.width = random.uniform(0.165F, 0.215F);
  eyes.opening = random.uniform(0.085F, 0.135F) + 0.012F * leaning.soft;
  eyes.tilt = random.uniform(-0.20F, 0.28F);
  eyes.hood = random.uniform(0.F, 1.F);
  eyes.lashes = 0.15F + 0.75F * leaning.soft * random.uniform(0.7F, 1.F);
  // Any colour in any face, though dark ones are likelier in dark faces.
  const std::size_t choices = random.chance(leaning.tone) ? 5 : kIrises.size();
  eyes.iris = scaled(kIrises[random.below(choices)], random.uniform(0.9F, 1.12F));
  return eyes;
}

Brows draw_brows(Random random, const Leaning& leaning) {
  Brows brows{};
  brows.thickness = random.uniform(0.030F, 0.078F) - 0.012F * leaning.soft;
  brows.length = random.uniform(0.9F, 1.2F);
  brows.height = random.uniform(0.215F, 0.285F);
  brows.slope = random.uniform(-0.30F, 0.34F);
  brows.arch = random.uniform(0.0F, 0.085F);
  brows.dark = random.uniform(0.2F, 1.F);
  return brows;
}

Nose draw_nose(Random random, const Leaning& leaning) {
  Nose nose{};
  nose.length = random.uniform(0.34F, 0.47F);
  nose.width = random.uniform(0.105F, 0.19F) - 0.015F * leaning.soft + 0.02F * leaning.tone;
  nose.bridge = random.uniform(0.045F, 0.085F);
  nose.tip = random.uniform(0.07F, 0.125F);
  nose.upturn = random.uniform(0.F, 1.F);
  nose.hook = random.chance(0.3F) ? random.uniform(0.4F, 1.F) : 0.F;
  return nose;
}

Mouth draw_mouth(Random random, const Leaning& leaning) {
  Mouth mouth{};
  mouth.width = random.uniform(0.185F, 0.315F);
  mouth.height = random.uniform(0.36F, 0.48F);
  mouth.upper = random.uniform(0.030F, 0.075F) + 0.012F * leaning.soft;
  mouth.lower = random.uniform(0.045F, 0.095F) + 0.012F * leaning.soft;
  mouth.corners = random.uniform(-0.02F, 0.04F);
  mouth.red = random.uniform(0.15F, 0.6F) + 0.35F * leaning.soft;
  return mouth;
}

Skin draw_skin(Random random, const Leaning& leaning) {
  static constexpr std::array<Color, 7> kTones = {{{255, 222, 200},
                                                   {247, 204, 172},
                                                   {232, 182, 142},
                                                   {206, 149, 106},
                                                   {170, 113, 76},
                                                   {128, 81, 54},
                                                   {104, 66, 47}}};
  const float place = leaning.tone * (kTones.size() - 1.001F);
  const auto below = static_cast<std::size_t>(place);
  Skin skin{};
  skin.color = mix(kTones[below], kTones[below + 1], place - static_cast<float>(below));
  const float warmth = random.uniform(-0.03F, 0.03F);
  skin.color = scaled(skin.color, 1.F + 0.3F * warmth, 1.F, 1.F - 1.5F * warmth);
  skin.blush = random.uniform(0.2F, 1.F);
  skin.freckles = random.chance(leaning.tone < 0.55F ? 0.34F : 0.1F) ? random.uniform(0.5F, 1.F) : 0.F;
  return skin;
}

HairStyle draw_style(Random& random, const Leaning& leaning) {
  using Styles = std::array<HairStyle, 8>;
  using S = HairStyle;
  static constexpr Styles kAngular = {S::kBuzz,  S::kCrop, S::kSidePart, S::kQuiff,
                                      S::kCurls, S::kAfro, S::kSidePart, S::kCrop};
  static constexpr Styles kSoft = {S::kBob, S::kFringe, S::kLong, S::kWaves, S::kBun, S::kCurls, S::kLong, S::kWaves};
  return random.pick(random.chance(leaning.soft) ? kSoft : kAngular);
}

Hair draw_hair(Random random, const Leaning& leaning) {
  static constexpr std::array<Color, 9> kColors = {{{38, 32, 38},
                                                    {56, 40, 34},
                                                    {84, 54, 38},
                                                    {122, 74, 42},
                                                    {134, 50, 34},
                                                    {198, 96, 40},
                                                    {168, 126, 76},
                                                    {222, 182, 108},
                                                    {240, 220, 170}}};
  Hair hair{};
  const std::size_t choices = random.chance(1.3F * leaning.tone) ? 4 : kColors.size();
  hair.color = scaled(kColors[random.below(choices)], random.uniform(0.9F, 1.1F));
  hair.style = draw_style(random, leaning);
  hair.volume = random.uniform(0.75F, 1.3F);
  hair.side = random.chance(0.5F) ? 1.F : -1.F;
  hair.hairline = random.uniform(-0.07F, 0.07F);
  hair.peak = random.chance(0.35F) ? random.uniform(0.04F, 0.11F) : 0.F;
  hair.thinning = random.uniform(0.F, 1.F) * (1.F - 0.75F * leaning.soft);
  hair.greying = random.uniform(-1.F, 1.F);
  hair.strands = random.next();
  return hair;
}

Beard draw_beard(Random random, const Leaning& leaning) {
  if (!random.chance(0.75F * (1.F - 1.5F * leaning.soft))) return Beard::kNone;
  static constexpr std::array<Beard, 4> kBeards = {Beard::kMoustache, Beard::kGoatee, Beard::kFull, Beard::kFull};
  return random.pick(kBeards);
}

Marks draw_marks(Random random, const Skin& skin, const HeadShape& head) {
  Marks marks{};
  const Color brown = scaled(skin.color, 0.44F, 0.32F, 0.29F), wine = mix(skin.color, {170, 50, 60}, 0.42F);
  const std::size_t moles = random.chance(0.55F) ? 1 + random.below(2) : 0;
  for (std::size_t i = 0; i < moles; ++i) {
    const float side = random.chance(0.5F) ? 1.F : -1.F;
    const float y = random.chance(0.7F) ? random.uniform(0.22F, 0.5F) : random.uniform(0.8F, 0.86F);
    const float reach = (y < 0.6F ? 0.72F : 0.4F) * head.cheek;
    marks.spots.push_back({side * random.uniform(0.24F, reach), y, random.uniform(0.024F, 0.038F), brown});
  }
  if (random.chance(0.1F)) {
    const float side = random.chance(0.5F) ? 1.F : -1.F;
    marks.spots.push_back({side * 0.44F, random.chance(0.5F) ? 0.32F : -0.45F, random.uniform(0.12F, 0.17F), wine});
  }
  if (random.chance(0.16F)) {
    const float side = random.chance(0.5F) ? 1.F : -1.F;
    marks.scar = {side * random.uniform(0.36F, 0.5F), random.uniform(0.25F, 0.55F), side * random.uniform(0.5F, 1.2F),
                  random.uniform(0.24F, 0.36F)};
  }
  marks.freckles = random.next();
  marks.age_spots = random.next();
  return marks;
}

}  // namespace

Identity draw_identity(std::uint64_t seed) {
  Random random(seed);
  const float soft = random.uniform(), tone = random.uniform();
  const Leaning leaning{soft, tone * std::sqrt(std::sqrt(tone))};
  Identity identity{};
  identity.seed = seed;
  identity.head = draw_head(Random(seed, kHead), leaning);
  identity.eyes = draw_eyes(Random(seed, kEyes), leaning);
  identity.brows = draw_brows(Random(seed, kBrows), leaning);
  identity.nose = draw_nose(Random(seed, kNose), leaning);
  identity.mouth = draw_mouth(Random(seed, kMouth), leaning);
  Random ears(seed, kEars);
  identity.ears = {ears.uniform(0.8F, 1.25F), ears.uniform(0.F, 1.F)};
  identity.skin = draw_skin(Random(seed, kSkin), leaning);
  identity.hair = draw_hair(Random(seed, kHair), leaning);
  identity.beard = draw_beard(Random(seed, kBeard), leaning);
  identity.marks = draw_marks(Random(seed, kMarks), identity.skin, identity.head);
  return identity;
}

}  // namespace miafr::demo
