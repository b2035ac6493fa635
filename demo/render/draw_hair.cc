// Hair: what hangs behind the head, the cap on it, and the locks beside the face.
#include "demo/render/hair_shape.h"
#include "demo/render/random.h"

namespace miafr::demo {
namespace {

Points joined(Points there, const Points& back) {
  there.insert(there.end(), back.rbegin(), back.rend());
  return there;
}

// All that is drawn as hair at once: a volume with its curls.
struct Mass {
  Mask mask;
  std::vector<Points> curls;
};

std::vector<Points> curls_along(const Scene& s, const Points& line, float radius, Random& random) {
  std::vector<Points> curls;
  float walked = 0;
  for (std::size_t i = 1; i < line.size(); ++i) {
    walked += static_cast<float>(cv::norm(line[i] - line[i - 1]));
    if (walked < s.px(1.05F * radius)) continue;
    walked = 0;
    const float r = s.px(radius) * random.uniform(0.75F, 1.3F);
    const cv::Point2f off(random.uniform(-0.3F, 0.3F) * r, random.uniform(-0.3F, 0.3F) * r);
    curls.push_back(ellipse(line[i] + off, r, r * random.uniform(0.85F, 1.1F)));
  }
  return curls;
}

cv::Point2f centre_of(const Points& outline) {
  cv::Point2f sum;
  for (const cv::Point2f& p : outline) sum += p;
  return sum / static_cast<float>(outline.size());
}

// A single lock's colour: a little lighter or darker, and salt and pepper while hair greys.
Color strand_color(const Scene& s, Random& random) {
  const float light = random.uniform(-1, 1), grey = s.age.grey;
  const Color shifted = light > 0 ? mix(s.hair, {255, 232, 206}, 0.20F * light) : scaled(s.hair, 1 + 0.32F * light);
  if (grey <= 0.05F || grey >= 0.9F) return shifted;
  return random.chance(grey) ? mix(shifted, {222, 220, 218}, 0.45F) : mix(shifted, s.identity.hair.color, 0.5F);
}

void paint(Scene& s, const Mass& mass, const Cut& cut, float dark) {
  if (mass.mask.box.empty()) return;
  Relief relief(mass.mask.box, s.pose.unit());
  relief.inflate(mass.mask, s.px(0.34F), 0.34F);
  relief.inflate(mass.mask, s.px(0.10F), 0.05F);
  const float radius = 1.15F * s.px(cut.curl);
  for (const Points& curl : mass.curls) relief.bump(centre_of(curl), radius, radius, 0.08F);
  s.canvas.fill(mass.mask, scaled(s.hair, 1 - dark), cut.opacity);
  s.canvas.light(mass.mask, relief, s.light);
}

struct Strands {
  int count;
  float bulge;  // of the arc, in its lengths
  float opacity;
};

// Strokes from one line to the other.
void draw_strands(Scene& s, const Mask& inside, const Points& roots, const Points& tips, const Strands& how,
                  Random& random) {
  for (int i = 0; i < how.count; ++i) {
    const float share = (static_cast<float>(i) + random.uniform()) / static_cast<float>(how.count);
    const cv::Point2f from = along(roots, share), to = along(tips, share + random.uniform(-0.03F, 0.03F));
    const cv::Point2f across(from.y - to.y, to.x - from.x), middle = 0.5F * (from + to) + how.bulge * across;
    s.canvas.fill(stroke(smooth_open({from, middle, to}), s.px(random.uniform(0.018F, 0.048F)), 0.1F, 0.1F),
                  strand_color(s, random), how.opacity, &inside);
  }
}

// The light's reflection, a soft band across the strands on the side of the light.
void draw_sheen(Scene& s, const Mask& inside, const Points& edge, const Points& line) {
  Points band;
  const float middle = 0.5F + 0.17F * s.nuisance.light_x;
  for (int i = -6; i <= 6; ++i) {
    const float share = middle + 0.035F * static_cast<float>(i);
    band.push_back(0.62F * along(edge, share) + 0.38F * along(line, share));
  }
  const Mask soft = softened(s.canvas.mask(stroke(band, s.px(0.13F), 0, 0)), s.px(0.09F), s.canvas.size());
  if (!soft.box.empty()) s.canvas.fill(soft, mix(s.hair, {255, 240, 226}, 0.42F), 0.55F * s.light.contrast, &inside);
}

// Grey begins at the temples.
void draw_grey_temples(Scene& s, const Mask& inside) {
  const float grey = 2.2F * s.age.grey * (1 - s.age.grey);
  if (grey <= 0.05F) return;
  for (const float m : {-1.F, 1.F})
    s.dab(m * 0.95F * s.face.temple, -0.12F, 0.20F, 0.34F, {206, 204, 204}, grey, &inside);
}

void draw_cap_strands(Scene& s, const Mask& inside, const Cut& cut, const Points& edge, const Points& line,
                      Random& random) {
  if (cut.parting == Parting::kNone) return draw_strands(s, inside, edge, line, {36, 0.06F, 0.36F}, random);
  const Points part = parting_line(s, cut);
  const float split = cut.parting == Parting::kSide ? 0.5F + 0.09F * s.identity.hair.side : 0.5F;
  for (const float m : {-1.F, 1.F}) {
    const auto half = [&](const Points& whole) {
      Points points;
      for (int i = 0; i <= 16; ++i) points.push_back(along(whole, split + (m > 0 ? 1 - split : -split) * i / 16.F));
      return points;
    };
    const Points front = half(line), back = half(edge);
    Points shell;  // from the part's front down the hairline and up the edge again, as the roots go back
    for (int i = 0; i <= 16; ++i) shell.push_back(along(front, i / 16.F));
    draw_strands(s, inside, part, shell, {16, 0.10F * m, 0.34F}, random);
    draw_strands(s, inside, {along(part, 0.5F), along(part, 1)}, {along(back, 1), along(back, 0.1F)},
                 {12, 0.12F * m, 0.32F}, random);
  }
}

Mask cap_mask(const Scene& s, const Cut& cut, const Points& edge, const Points& line) {
  const cv::Point2f down(0, s.px(1.F)), left = line.front(), right = line.back();
  Points face = line;
  face.insert(face.end(), {right + cv::Point2f(s.px(0.01F), 0), right + down, left + down});
  return without(s.canvas.mask(joined(edge, {left, s.pose.at(0, 0.2F, 0), right})),
                 softened(s.canvas.mask(face), s.px(cut.edge), s.canvas.size()));
}

void draw_lock_strands(Scene& s, const Mask& inside, const Cut& cut, Random& random) {
  const float out = s.face.temple + cut.side, end = cut.length * s.face.chin;
  for (const float m : {-1.F, 1.F}) {
    const auto at = [&](float x, float y) { return s.pose.at(m * x, y, 0.05F); };
    draw_strands(s, inside, {at(0.8F * s.face.temple, -0.4F), at(out, -0.4F)},
                 {at(0.84F * s.face.cheek, end), at(out + 0.05F, end)}, {10, 0.03F * m, 0.36F}, random);
  }
}

}  // namespace

void draw_hair_behind(Scene& s) {
  const Cut cut = cut_of(s);
  Random random(s.identity.hair.strands, 1);
  if (cut.length > 0) paint(s, {s.canvas.mask({lock(s, cut, -1, true), lock(s, cut, 1, true)}), {}}, cut, 0.34F);
  if (s.identity.hair.style == HairStyle::kBun) {
    const float radius = s.px(0.24F * (0.6F + 0.4F * s.identity.hair.volume));
    const Points bun = ellipse(s.pose.at(0, -s.face.crown - 0.10F, -0.35F), 1.15F * radius, radius, s.pose.roll());
    paint(s, {s.canvas.mask(bun), {}}, cut, 0.04F);
  }
  if (cut.curl > 0 && s.face.receding < 0.6F) {
    const Points edge = outer_edge(s, cut);
    const std::vector<Points> curls = curls_along(s, edge, cut.curl, random);
    std::vector<Points> outlines = curls;
    outlines.push_back(joined(edge, {s.pose.at(0, 0.2F, -0.2F)}));
    paint(s, {s.canvas.mask(outlines), curls}, cut, 0.16F);
  }
}

void draw_hair(Scene& s) {
  const Cut cut = cut_of(s);
  Random random(s.identity.hair.strands, 2);
  const Points edge = outer_edge(s, cut), line = hairline(s, cut);
  Mass mass{cap_mask(s, cut, edge, line), {}};
  std::vector<Points> locks;
  if (cut.length > 0) locks = {lock(s, cut, -1, false), lock(s, cut, 1, false)};
  if (cut.curl > 0) {
    const float rows = 4;
    for (float row = 0; row <= rows; ++row) {
      Points between(edge.size());
      for (std::size_t i = 0; i < edge.size(); ++i) {
        // The inner rows end above the sideburns, or curls would hang into the eyes.
        const float place = static_cast<float>(i) / static_cast<float>(edge.size() - 1);
        const float share = 0.5F + (place - 0.5F) * (0.97F - 0.07F * row);
        between[i] = along(edge, share) * (1 - row / rows) + along(line, share) * (row / rows);
      }
      for (Points& curl : curls_along(s, between, cut.curl * (1 - 0.08F * row), random)) mass.curls.push_back(curl);
    }
    locks = mass.curls;
  }
  if (!locks.empty()) mass.mask = united(mass.mask, s.canvas.mask(locks));
  if (mass.mask.box.empty()) return;
  const cv::Point fall(-cvRound(s.px(0.07F) * s.light.direction[0]), cvRound(s.px(0.06F)));
  s.canvas.darken(softened(moved(mass.mask, fall), s.px(0.10F), s.canvas.size()), 0.34F * cut.opacity, &s.head);
  paint(s, mass, cut, 0);
  if (cut.curl == 0 && cut.opacity == 1) {
    draw_sheen(s, mass.mask, edge, line);
    draw_cap_strands(s, mass.mask, cut, edge, line, random);
    if (cut.length > 0) draw_lock_strands(s, mass.mask, cut, random);
  }
  draw_grey_temples(s, mass.mask);
}

}  // namespace miafr::demo
