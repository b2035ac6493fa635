#include "demo/render/nuisance.h"

#include <array>

#include "demo/render/random.h"

namespace miafr::demo {
namespace {

enum Stream { kPose = 101, kLight, kExpression, kColors, kAge };
constexpr float kDegree = 3.14159265F / 180;

void draw_pose(Random random, Nuisance& nuisance) {
  nuisance.yaw = random.uniform(-20, 20) * kDegree;
  nuisance.pitch = random.uniform(-7, 7) * kDegree;
  nuisance.roll = 10.F / 1.5F * random.around_zero() * kDegree;
  nuisance.scale = random.uniform(0.94F, 1.06F);
  nuisance.shift_x = random.uniform(-0.03F, 0.03F);
  nuisance.shift_y = random.uniform(-0.02F, 0.02F);
}

void draw_light(Random random, Nuisance& nuisance) {
  nuisance.light_x = (random.chance(0.5F) ? 1.F : -1.F) * random.uniform(0.2F, 0.75F);
  nuisance.light_y = random.uniform(-0.85F, -0.3F);
  nuisance.contrast = random.uniform(0.6F, 1.F);
  nuisance.warmth = random.uniform(-1, 1);
}

void draw_expression(Random random, Nuisance& nuisance) {
  nuisance.smile = random.chance(0.65F) ? random.uniform(0.4F, 1.F) : random.uniform(0.05F, 0.25F);
  nuisance.open_mouth = random.chance(0.3F) ? random.uniform(0.4F, 1.F) : 0.F;
  nuisance.brow_raise = random.uniform(-0.4F, 0.8F);
}

void draw_colors(Random random, Nuisance& nuisance) {
  static constexpr std::array<Color, 8> kBackgrounds = {{{176, 204, 216},
                                                         {222, 205, 186},
                                                         {188, 208, 182},
                                                         {214, 190, 200},
                                                         {190, 190, 216},
                                                         {232, 220, 190},
                                                         {160, 188, 190},
                                                         {206, 206, 204}}};
  static constexpr std::array<Color, 8> kClothes = {{{58, 78, 112},
                                                     {140, 60, 64},
                                                     {70, 104, 88},
                                                     {196, 160, 92},
                                                     {92, 84, 120},
                                                     {216, 210, 200},
                                                     {64, 66, 72},
                                                     {176, 110, 84}}};
  static constexpr std::array<Color, 4> kFrames = {{{34, 30, 34}, {88, 48, 30}, {40, 52, 84}, {128, 40, 46}}};
  nuisance.background = scaled(random.pick(kBackgrounds), random.uniform(0.92F, 1.06F));
  nuisance.clothes = scaled(random.pick(kClothes), random.uniform(0.9F, 1.1F));
  nuisance.frame_shape = random.uniform();
  nuisance.frame = random.pick(kFrames);
}

}  // namespace

Nuisance draw_nuisance(std::uint64_t seed) {
  Nuisance nuisance{};
  nuisance.seed = seed;
  draw_pose(Random(seed, kPose), nuisance);
  draw_light(Random(seed, kLight), nuisance);
  draw_expression(Random(seed, kExpression), nuisance);
  draw_colors(Random(seed, kColors), nuisance);
  nuisance.age_jitter = Random(seed, kAge).uniform(-1, 1);
  return nuisance;
}

}  // namespace miafr::demo
