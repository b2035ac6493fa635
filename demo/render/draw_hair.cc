// Hair: what hangs behind the head, the cap on it with its hairline, and the locks beside the face.
#include <algorithm>
#include <cmath>

#include "demo/render/random.h"
#include "demo/render/scene.h"

namespace miafr::demo {
namespace {

// How a style is built.
struct Cut {
  float top, side;    // thickness on the crown and at the temples, head units
  float length;       // of what hangs down, in eyes-to-chin lengths; 0: nothing does
  float fringe = 0;   // 0 hair combed back .. 1 down to the brows
  float parting = 0;  // 1: parted on one side and swept over, 2: in the middle
  float curl = 0;     // radius of the curls, 0: straight
  float wave = 0;     // of what hangs down
  bool covers_ears = false;
  float opacity = 1;
};

Cut cut_of(const Scene& s) {
  const auto base = [&]() -> Cut {
    switch (s.identity.hair.style) {
      case HairStyle::kBuzz:
        return {0.035F, 0.015F, 0, 0, 0, 0, 0, false, 0.8F};
      case HairStyle::kCrop:
        return {0.12F, 0.05F, 0, 0.18F};
      case HairStyle::kSidePart:
        return {0.16F, 0.06F, 0, 0, 1};
      case HairStyle::kQuiff:
        return {0.30F, 0.035F, 0};
      case HairStyle::kCurls:
        return {0.18F, 0.12F, 0, 0.15F, 0, 0.13F};
      case HairStyle::kAfro:
        return {0.36F, 0.34F, 0, 0, 0, 0.12F};
      case HairStyle::kBob:
        return {0.14F, 0.13F, 0.82F, 0, 1, 0, 0, true};
      case HairStyle::kFringe:
        return {0.14F, 0.13F, 0.95F, 1, 0, 0, 0, true};
      case HairStyle::kLong:
        return {0.12F, 0.10F, 1.75F, 0, 2, 0, 0, true};
      case HairStyle::kWaves:
        return {0.18F, 0.16F, 1.55F, 0, 1, 0, 0.07F, true};
      case HairStyle::kBun:
        return {0.07F, 0.03F, 0};
    }
    return {};
  };
  Cut cut = base();
  const float volume =
      (0.55F + 0.45F * s.identity.hair.volume) * (1 - 0.35F * s.age.receding * s.identity.hair.thinning);
  cut.top *= volume, cut.side *= volume;
  return cut;
}

// The right half of the hairline from the sideburn to the middle, for a head turned either way.
Points half_hairline(const Scene& s, const Cut& cut, float mirror) {
  const Anatomy& f = s.face;
  const float t = f.temple, bald = f.receding, h = f.hairline - 0.30F * f.crown * bald * bald;
  const float recess = 0.34F * std::min(1.F, 1.3F * bald), peak = s.identity.hair.peak * (1 - 0.6F * bald);
  const float brows = f.brow_y - 0.07F;
  const auto lowered = [&](float y, float share) { return y + (brows - y) * share; };
  const float down = cut.fringe * (1 - 0.8F * bald);
  Points half = {{1.01F * f.cheek, 0.16F},
                 {0.94F * t, -0.06F},
                 {0.88F * t, -0.30F - 0.06F * recess},
                 {(0.80F - 0.10F * recess) * t, lowered(0.72F * h - 0.1F * recess, down)},
                 {(0.56F - 0.15F * recess) * t, lowered(0.90F * h - recess, down)},
                 {0.28F * t, lowered(h - 0.02F - 0.35F * recess, down)},
                 {0, lowered(h + peak, 0.97F * down)}};
  if (cut.parting == 1) {  // swept from one side over to the other
    const bool swept = mirror != s.identity.hair.side;
    const float fall = swept ? 0.22F * (1 - bald) : -0.02F;
    half[3].y += 0.8F * fall, half[4].y += 1.1F * fall, half[5].y += 0.65F * fall, half[6].y += 0.07F * (1 - bald);
    if (swept) half[4].x += 0.03F, half[3].x += 0.02F;
  }
  if (cut.parting == 2) {  // a curtain to either side
    half[6].y = -0.88F * f.crown, half[5] = {0.25F * t, -0.70F * f.crown}, half[4] = {0.52F * t, -0.54F * f.crown};
    half[3] = {0.74F * t, -0.36F * f.crown};
  }
  return half;
}

Points hairline(const Scene& s, const Cut& cut) {
  Points line;  // from the left sideburn to the right one
  const Points left = half_hairline(s, cut, -1), right = half_hairline(s, cut, 1);
  for (const cv::Point2f& p : left) line.push_back(s.at(-p.x, p.y, 0.01F));
  line.pop_back();
  const cv::Point2f middle(0, 0.5F * (left.back().y + right.back().y));
  line.push_back(s.at(middle.x, middle.y, 0.01F));
  for (auto p = right.rbegin() + 1; p != right.rend(); ++p) line.push_back(s.at(p->x, p->y, 0.01F));
  return smooth_open(line);
}

// The cap's outer edge, from the left sideburn over the crown to the right one.
Points outer_edge(const Scene& s, const Cut& cut) {
  const Anatomy& f = s.face;
  const float bald = f.receding, top = cut.top * (1 - bald) - 0.02F * bald, side = cut.side, t = f.temple;
  const Points half = {{f.cheek + 0.4F * side + 0.015F, 0.17F},
                       {t + side + 0.01F, -0.14F},
                       {0.95F * t + side, -0.55F * f.crown - 0.3F * top},
                       {0.58F * t + 0.7F * side, -0.90F * f.crown - 0.85F * top}};
  const float lean = s.identity.hair.style == HairStyle::kQuiff || cut.parting == 1 ? -s.identity.hair.side : 0;
  Points line;
  for (const cv::Point2f& p : half) line.push_back(s.pose.at(-p.x, p.y, -0.05F));
  line.push_back(s.pose.at(0.15F * lean * t, -f.crown - top, -0.08F));
  for (auto p = half.rbegin(); p != half.rend(); ++p) line.push_back(s.pose.at(p->x, p->y, -0.05F));
  return smooth_open(line);
}

Points joined(Points there, const Points& back) {
  there.insert(there.end(), back.rbegin(), back.rend());
  return there;
}

// Seen along the line, a place by its share of the whole.
cv::Point2f along(const Points& line, float share) {
  const float place = std::clamp(share, 0.F, 1.F) * static_cast<float>(line.size() - 1);
  const auto i = std::min(static_cast<std::size_t>(place), line.size() - 2);
  return line[i] + (line[i + 1] - line[i]) * (place - static_cast<float>(i));
}

std::vector<Points> curls_along(const Scene& s, const Points& line, float radius, Random& random,
                                float spacing = 1.1F) {
  std::vector<Points> curls;
  float walked = 0;
  for (std::size_t i = 1; i < line.size(); ++i) {
    walked += static_cast<float>(cv::norm(line[i] - line[i - 1]));
    if (walked < s.px(spacing * radius)) continue;
    walked = 0;
    const float r = s.px(radius) * random.uniform(0.8F, 1.2F);
    curls.push_back(ellipse(line[i], r, r));
  }
  return curls;
}

cv::Point2f centre_of(const Points& outline) {
  cv::Point2f sum;
  for (const cv::Point2f& p : outline) sum += p;
  return sum / static_cast<float>(outline.size());
}

Color strand_color(const Scene& s, Random& random) {
  const float light = random.uniform(-1, 1);
  const Color shifted =
      light > 0 ? mix(s.hair, mix(s.hair, {255, 236, 208}, 0.4F), light) : scaled(s.hair, 1 + 0.35F * light);
  // Salt and pepper: single hairs keep their colour, or lose it early.
  const float grey = s.age.grey;
  if (grey <= 0.05F || grey >= 0.95F) return shifted;
  return random.chance(grey) ? mix(shifted, {226, 224, 222}, 0.6F) : mix(shifted, s.identity.hair.color, 0.6F);
}

void paint(Scene& s, const std::vector<Points>& outlines, const std::vector<Points>& curls, const Cut& cut,
           float dark) {
  std::vector<Points> all = outlines;
  all.insert(all.end(), curls.begin(), curls.end());
  const Mask mask = cut.opacity < 1 ? softened(s.canvas.mask(all), s.px(0.07F), s.canvas.size()) : s.canvas.mask(all);
  if (mask.box.empty()) return;
  Relief relief(mask.box, s.pose.unit());
  relief.inflate(mask, s.px(0.34F), 0.34F);
  relief.inflate(mask, s.px(0.12F), 0.05F);
  for (const Points& curl : curls) relief.bump(centre_of(curl), 1.1F * s.px(cut.curl), 1.1F * s.px(cut.curl), 0.07F);
  s.canvas.fill(mask, scaled(s.hair, 1 - dark), cut.opacity);
  s.canvas.light(mask, relief, s.light);
}

void strands(Scene& s, const Mask& inside, const Points& roots, const Points& tips, int count, float bulge,
             float opacity, Random& random) {
  for (int i = 0; i < count; ++i) {
    const float share = (i + random.uniform()) / static_cast<float>(count);
    const cv::Point2f from = along(roots, share), to = along(tips, share + random.uniform(-0.02F, 0.02F));
    const cv::Point2f across(from.y - to.y, to.x - from.x), middle = 0.5F * (from + to) + bulge * across;
    s.canvas.fill(stroke(smooth_open({from, middle, to}), s.px(random.uniform(0.025F, 0.06F)), 0.2F, 0),
                  strand_color(s, random), opacity, &inside);
  }
}

// What hangs on one side, from the temple to its tips.
Points lock(const Scene& s, const Cut& cut, float m, bool behind) {
  const Anatomy& f = s.face;
  const float end = cut.length * f.chin, out = f.temple + cut.side, wave = cut.wave;
  const auto at = [&](float x, float y) { return s.pose.at(m * x, y, behind ? -0.15F : 0.05F); };
  const float inner = behind ? 0.F : 1.F, taper = cut.length > 1.2F ? 0.02F : -0.06F;
  Points through = {
      at(0.75F * f.temple, -0.55F * f.crown), at(0.95F * out, -0.5F * f.crown),    at(out + 0.01F, -0.1F),
      at(out + 0.03F + wave, 0.30F * end),    at(out + 0.05F - wave, 0.62F * end), at(out + taper + wave, 0.9F * end),
      at(0.5F * (out + f.cheek), end)};
  through.push_back(at(inner * 0.86F * f.cheek, 0.93F * end));
  through.push_back(at(inner * (1.0F * f.cheek - 0.3F * wave), 0.55F * end));
  through.push_back(at(inner * (0.99F * f.cheek + 0.3F * wave), 0.28F * end));
  through.push_back(at(inner * 0.90F * f.temple, -0.12F));
  return smooth_closed(through);
}

Points bun(const Scene& s) {
  const float radius = 0.24F * (0.6F + 0.4F * s.identity.hair.volume);
  return ellipse(s.pose.at(0.F, -s.face.crown - 0.10F, -0.35F), s.px(radius * 1.15F), s.px(radius), s.pose.roll());
}

}  // namespace

void draw_hair_behind(Scene& s) {
  const Cut cut = cut_of(s);
  Random random(s.identity.hair.strands, 1);
  if (cut.length > 0) {
    Cut straight = cut;
    paint(s, {lock(s, cut, -1, true), lock(s, cut, 1, true)}, {}, straight, 0.34F);
  }
  if (s.identity.hair.style == HairStyle::kBun) paint(s, {bun(s)}, {}, cut, 0.04F);
  if (cut.curl > 0 && s.face.receding < 0.85F) {
    Cut inner = cut;
    inner.top *= 0.8F, inner.side *= 0.9F;
    const Points edge = outer_edge(s, inner);
    paint(s, {joined(edge, {s.pose.at(0, 0.3F, -0.2F)})}, curls_along(s, edge, cut.curl, random), cut, 0.12F);
  }
}

void draw_hair(Scene& s) {
  const Cut cut = cut_of(s);
  Random random(s.identity.hair.strands, 2);
  const Points edge = outer_edge(s, cut), line = hairline(s, cut);
  std::vector<Points> shapes = {joined(edge, line)}, curls;
  if (cut.covers_ears)
    for (const float m : {-1.F, 1.F}) shapes.push_back(lock(s, cut, m, false));
  if (cut.curl > 0) {
    curls = curls_along(s, edge, cut.curl, random);
    for (Points& curl : curls_along(s, line, 0.75F * cut.curl, random)) curls.push_back(curl);
    Points between(edge.size());
    for (std::size_t i = 0; i < edge.size(); ++i)
      between[i] = 0.5F * (edge[i] + along(line, static_cast<float>(i) / static_cast<float>(edge.size() - 1)));
    for (Points& curl : curls_along(s, between, cut.curl, random, 0.9F)) curls.push_back(curl);
  }
  std::vector<Points> all = shapes;
  all.insert(all.end(), curls.begin(), curls.end());
  const Mask mask = s.canvas.mask(all);
  if (mask.box.empty()) return;
  const cv::Point fall(-cvRound(s.px(0.07F) * s.light.direction[0]), cvRound(s.px(0.06F)));
  s.canvas.darken(softened(moved(mask, fall), s.px(0.10F), s.canvas.size()), 0.34F * cut.opacity, &s.head);
  paint(s, shapes, curls, cut, 0);
  if (cut.curl > 0) return;

  const Points roots = cut.parting > 0
                           ? Points{along(edge, 0.5F + (cut.parting == 1 ? 0.16F * s.identity.hair.side : 0.F)),
                                    along(edge, 0.5F + (cut.parting == 1 ? 0.14F * s.identity.hair.side : 0.F))}
                           : edge;
  if (cut.opacity == 1) {
    strands(s, mask, roots, line, 34, cut.parting > 0 ? 0.F : 0.06F, 0.42F, random);
    if (cut.parting > 0) strands(s, mask, roots, edge, 18, 0, 0.3F, random);
  }
  if (cut.covers_ears)
    for (const float m : {-1.F, 1.F}) {
      const float out = s.face.temple + cut.side, end = cut.length * s.face.chin;
      const auto at = [&](float x, float y) { return s.pose.at(m * x, y, 0.05F); };
      strands(s, mask, {at(0.8F * s.face.temple, -0.35F), at(out, -0.35F)},
              {at(0.86F * s.face.cheek, end), at(out + 0.05F, end)}, 9, 0.03F * m, 0.42F, random);
    }
}

}  // namespace miafr::demo
