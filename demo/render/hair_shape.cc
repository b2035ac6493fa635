#include "demo/render/hair_shape.h"

#include <algorithm>
#include <array>

namespace miafr::demo {
namespace {

constexpr std::size_t kHairlinePoints = 13;
using HairlinePoints = std::array<cv::Point2f, kHairlinePoints>;  // from the left sideburn to the right one, head units

HairlinePoints mirrored(HairlinePoints points) {
  std::reverse(points.begin(), points.end());
  for (cv::Point2f& p : points) p.x = -p.x;
  return points;
}

// As hair grows: with a peak in the middle, receding at the corners first, and down to the brows where it is combed so.
HairlinePoints grown(const Scene& s, const Cut& cut) {
  const Anatomy& f = s.face;
  const float t = f.temple, bald = f.receding, h = f.hairline - 0.75F * f.crown * std::max(0.F, bald - 0.35F);
  const float recess = std::min(0.40F, 0.6F * bald), peak = s.identity.hair.peak * std::max(0.F, 1 - 1.6F * bald);
  const float brows = f.brow_y - 0.06F, down = cut.fringe * (1 - 0.8F * bald);
  const auto combed = [&](float y, float share) { return y + (brows - y) * share; };
  HairlinePoints line;
  const std::array<cv::Point2f, 6> half = {{{0.99F * f.cheek, 0.13F},
                                            {0.93F * t, -0.06F},
                                            {0.87F * t, -0.28F - 0.1F * recess},
                                            {0.78F * t, combed(0.72F * h - 0.3F * recess, down)},
                                            {(0.56F - 0.2F * recess) * t, combed(0.90F * h - recess, down)},
                                            {0.28F * t, combed(h - 0.02F - 0.5F * recess, down)}}};
  for (std::size_t i = 0; i < half.size(); ++i) {
    line[i] = {-half[i].x, half[i].y};
    line[kHairlinePoints - 1 - i] = half[i];
  }
  line[6] = {0, combed(h + peak, 0.96F * down)};
  return line;
}

// Swept from a parting on the right over to the left.
HairlinePoints swept(const Scene& s) {
  const Anatomy& f = s.face;
  const float t = f.temple, c = f.cheek, h = f.hairline;
  return {{{-0.99F * c, 0.13F},
           {-0.93F * t, -0.05F},
           {-0.88F * t, 0.33F * h},
           {-0.72F * t, 0.52F * h},
           {-0.46F * t, 0.68F * h},
           {-0.16F * t, 0.82F * h},
           {0.14F * t, 0.94F * h},
           {0.37F * t, 1.04F * h},
           {0.56F * t, 0.92F * h},
           {0.78F * t, 0.68F * h},
           {0.87F * t, -0.28F},
           {0.93F * t, -0.06F},
           {0.99F * c, 0.13F}}};
}

// Falling to either side like a curtain.
HairlinePoints curtain(const Scene& s) {
  const Anatomy& f = s.face;
  const float t = f.temple, h = f.hairline;
  HairlinePoints line = grown(s, {});
  const std::array<cv::Point2f, 5> half = {
      {{0.90F * t, 0.26F * h}, {0.78F * t, 0.52F * h}, {0.55F * t, 0.78F * h}, {0.28F * t, 1.02F * h}, {0, 1.24F * h}}};
  for (std::size_t i = 0; i < half.size(); ++i) {
    line[2 + i] = {-half[i].x, half[i].y};
    line[kHairlinePoints - 3 - i] = half[i];
  }
  return line;
}

HairlinePoints hairline_points(const Scene& s, const Cut& cut) {
  HairlinePoints line = grown(s, cut);
  if (cut.parting == Parting::kNone) return line;
  HairlinePoints combed = cut.parting == Parting::kSide ? swept(s) : curtain(s);
  if (cut.parting == Parting::kSide && s.identity.hair.side < 0) combed = mirrored(combed);
  const float share = std::clamp(1.2F - 1.5F * s.face.receding, 0.F, 1.F);
  for (std::size_t i = 0; i < line.size(); ++i) line[i] += share * (combed[i] - line[i]);
  return line;
}

Cut full_cut(HairStyle style) {
  Cut cut{};
  const auto size = [&](float top, float side, float length = 0) {
    cut.top = top, cut.side = side, cut.length = length;
  };
  switch (style) {
    case HairStyle::kBuzz:
      size(0.03F, 0.01F), cut.edge = 0.07F, cut.opacity = 0.82F;
      break;
    case HairStyle::kCrop:
      size(0.12F, 0.045F), cut.fringe = 0.22F;
      break;
    case HairStyle::kSidePart:
      size(0.16F, 0.05F), cut.parting = Parting::kSide;
      break;
    case HairStyle::kQuiff:
      size(0.29F, 0.03F);
      break;
    case HairStyle::kCurls:
      size(0.14F, 0.09F), cut.fringe = 0.12F, cut.curl = 0.105F;
      break;
    case HairStyle::kAfro:
      size(0.27F, 0.27F), cut.curl = 0.10F;
      break;
    case HairStyle::kBob:
      size(0.14F, 0.13F, 0.85F), cut.parting = Parting::kSide;
      break;
    case HairStyle::kFringe:
      size(0.14F, 0.13F, 0.98F), cut.fringe = 1;
      break;
    case HairStyle::kLong:
      size(0.12F, 0.10F, 1.9F), cut.parting = Parting::kMiddle;
      break;
    case HairStyle::kWaves:
      size(0.17F, 0.15F, 1.6F), cut.parting = Parting::kSide, cut.wave = 0.07F;
      break;
    case HairStyle::kBun:
      size(0.07F, 0.025F);
      break;
  }
  return cut;
}

}  // namespace

Cut cut_of(const Scene& s) {
  Cut cut = full_cut(s.identity.hair.style);
  const float volume = (0.55F + 0.45F * s.identity.hair.volume) * (1 - 0.35F * s.face.receding);
  cut.top *= volume, cut.side *= volume;
  cut.edge += 0.05F * s.face.receding;
  return cut;
}

Points hairline(const Scene& s, const Cut& cut) {
  Points line;
  for (const cv::Point2f& p : hairline_points(s, cut)) line.push_back(s.at(p.x, p.y, 0.01F));
  return smooth_open(line);
}

Points outer_edge(const Scene& s, const Cut& cut) {
  const Anatomy& f = s.face;
  const float top = cut.top * (1 - f.receding), side = cut.side, t = f.temple;
  const Points half = {{f.cheek - 0.01F, 0.15F},
                       {t + 0.8F * side, -0.12F},
                       {0.955F * t + side, -0.55F * f.crown - 0.3F * top},
                       {0.58F * t + 0.7F * side, -0.91F * f.crown - 0.85F * top}};
  const bool leans = s.identity.hair.style == HairStyle::kQuiff || cut.parting == Parting::kSide;
  Points line;
  for (const cv::Point2f& p : half) line.push_back(s.pose.at(-p.x, p.y, -0.05F));
  line.push_back(s.pose.at(leans ? -0.15F * s.identity.hair.side * t : 0, -f.crown - top, -0.08F));
  for (auto p = half.rbegin(); p != half.rend(); ++p) line.push_back(s.pose.at(p->x, p->y, -0.05F));
  return smooth_open(line);
}

Points parting_line(const Scene& s, const Cut& cut) {
  const bool aside = cut.parting == Parting::kSide;
  const float x = aside ? 0.37F * s.identity.hair.side * s.face.temple : 0;
  const float y = (aside ? 1.04F : 1.24F) * s.face.hairline;
  return {s.at(x, y), s.pose.at(0.75F * x, -s.face.crown - 0.7F * cut.top, 0)};
}

Points lock(const Scene& s, const Cut& cut, float side, bool behind) {
  const Anatomy& f = s.face;
  const float end = cut.length * f.chin, out = f.temple + cut.side, wave = cut.wave, inner = behind ? 0.F : 1.F;
  const float tips = cut.length > 1.2F ? 0.02F : -0.07F;
  const auto at = [&](float x, float y) { return s.pose.at(side * x, y, behind ? -0.15F : 0.05F); };
  // In front, its inner edge lies on the face, and turns with it.
  const auto edge = [&](float x, float y) { return behind ? at(0, y) : s.at(side * x, std::min(y, 0.5F * f.chin)); };
  return smooth_closed({behind ? at(0.7F * f.temple, -0.6F * f.crown) : s.at(0.80F * side * f.temple, -0.50F * f.crown),
                        at(0.95F * out, -0.5F * f.crown), at(out + 0.01F, -0.1F), at(out + 0.03F + wave, 0.30F * end),
                        at(out + 0.05F - wave, 0.62F * end), at(out + tips + wave, 0.9F * end),
                        at(0.5F * (out + f.cheek), end + 0.02F), at(inner * 0.84F * f.cheek, 0.95F * end),
                        at(inner * (0.95F * f.cheek - 0.4F * wave), 0.6F * end),
                        edge(0.97F * f.cheek + 0.2F * wave, 0.28F * end), edge(0.90F * f.temple, -0.16F)});
}

cv::Point2f along(const Points& line, float share) {
  const float place = std::clamp(share, 0.F, 1.F) * static_cast<float>(line.size() - 1);
  const std::size_t i = std::min(static_cast<std::size_t>(place), line.size() - 2);
  return line[i] + (line[i + 1] - line[i]) * (place - static_cast<float>(i));
}

}  // namespace miafr::demo
