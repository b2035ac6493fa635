#include "demo/pretrain/no_faces.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "demo/pretrain/disturbances.h"

namespace miafr::demo {
namespace {

cv::Scalar any_color(Random& random) {
  return {random.uniform(0, 255), random.uniform(0, 255), random.uniform(0, 255)};
}

cv::Mat3f background(cv::Size size, Random& random) {
  const cv::Scalar top = any_color(random), bottom = random.chance(0.5F) ? any_color(random) : top;
  cv::Mat3f image(size);
  for (int y = 0; y < size.height; ++y) {
    const double t = double(y) / size.height;
    image.row(y).setTo(top * (1 - t) + bottom * t);
  }
  const auto side = static_cast<float>(size.width);
  for (std::size_t i = random.below(6); i > 0; --i) {
    const cv::Point2f centre(random.uniform(0, side), random.uniform(0, side));
    const cv::Size2f extent(random.uniform(3, 0.9F * side), random.uniform(3, 0.9F * side));
    if (random.chance(0.6F))
      cv::ellipse(image, {centre, extent, random.uniform(0, 180)}, any_color(random), cv::FILLED, cv::LINE_AA);
    else
      cv::rectangle(image, cv::Rect2f(centre, extent), any_color(random), cv::FILLED);
  }
  const double sigma = random.uniform(0.3F, 2);
  cv::GaussianBlur(image, image, {}, sigma);
  return image;
}

cv::Mat3f noise(cv::Size size, Random& random) {
  cv::Mat3f image = smooth_noise(size, random.uniform(0, 24), random) * random.uniform(15, 70);
  if (random.chance(0.5F)) image += smooth_noise(size, random.uniform(0, 6), random) * random.uniform(5, 40);
  image += any_color(random) * 0.6 + cv::Scalar::all(50);
  return image;
}

// With what is left of the face's colours and shapes as noise of many scales: its pixels blurred, then disturbed.
cv::Mat3f blurred(const cv::Mat3f& image, Random& random) {
  const double sigma = random.uniform(4, 9);
  cv::Mat3f result;
  cv::GaussianBlur(image, result, {}, sigma, sigma, cv::BORDER_REPLICATE);
  if (random.chance(0.4F)) result += smooth_noise(image.size(), random.uniform(2, 10), random) * random.uniform(3, 20);
  return result;
}

cv::Mat3f shuffled(const cv::Mat3f& image, Random& random) {
  const int patches = std::array<int, 3>{3, 4, 8}[random.below(3)], side = image.cols / patches;
  std::vector<int> order(static_cast<std::size_t>(patches * patches));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
  for (std::size_t i = order.size() - 1; i > 0; --i) std::swap(order[i], order[random.below(i + 1)]);
  cv::Mat3f result = image.clone();
  const auto patch = [&](int i) { return cv::Rect(i % patches * side, i / patches * side, side, side); };
  for (std::size_t i = 0; i < order.size(); ++i) image(patch(order[i])).copyTo(result(patch(static_cast<int>(i))));
  return result;
}

// 1 in the ellipse, falling to 0 at its edge.
cv::Mat1f spot(cv::Size size, cv::Point2f centre, cv::Size2f radii) {
  cv::Mat1f mask(size);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) {
      const float r = std::hypot((static_cast<float>(x) - centre.x) / radii.width,
                                 (static_cast<float>(y) - centre.y) / radii.height);
      mask(y, x) = std::clamp((1.2F - r) / 0.4F, 0.F, 1.F);
    }
  return mask;
}

cv::Mat3f mixed(const cv::Mat3f& one, const cv::Mat3f& other, const cv::Mat1f& share) {
  cv::Mat3f result(one.size());
  for (int y = 0; y < one.rows; ++y)
    for (int x = 0; x < one.cols; ++x) result(y, x) = one(y, x) + (other(y, x) - one(y, x)) * share(y, x);
  return result;
}

cv::Mat3f filled(cv::Size size, const cv::Vec3f& color) { return cv::Mat3f(size, color); }

struct Part {
  cv::Point2f centre;
  cv::Size2f radii;
};

float width_of(const TruePhoto& photo) { return photo.box.width; }

Part eye(const TruePhoto& photo, std::size_t which) {
  const float w = width_of(photo);
  return {photo.points[which] - cv::Point2f(0, 0.02F * w), {0.15F * w, 0.12F * w}};
}

Part mouth(const TruePhoto& photo) {
  const float w = width_of(photo), half = std::abs(photo.points[4].x - photo.points[3].x) / 2;
  return {(photo.points[3] + photo.points[4]) / 2 + cv::Point2f(0, 0.02F * w), {half + 0.07F * w, 0.15F * w}};
}

// Of the cheeks and the bridge of the nose.
cv::Vec3f skin_of(const TruePhoto& photo) {
  const cv::Point2f between = (photo.points[0] + photo.points[1]) / 2;
  const cv::Point2f places[] = {(photo.points[0] + photo.points[3]) / 2, (photo.points[1] + photo.points[4]) / 2,
                                (between + photo.points[2]) / 2};
  cv::Vec3f sum(0, 0, 0);
  for (const cv::Point2f& p : places)
    sum += photo.image(std::clamp(int(p.y), 0, photo.image.rows - 1), std::clamp(int(p.x), 0, photo.image.cols - 1));
  return sum / 3;
}

cv::Mat3f erased(const TruePhoto& photo, const Part& part) {
  return mixed(photo.image, filled(photo.image.size(), skin_of(photo)),
               spot(photo.image.size(), part.centre, part.radii));
}

// Covered, or smeared over so that nothing of it is left.
cv::Mat3f without_parts(const TruePhoto& photo, Random& random) {
  TruePhoto result = photo;
  const std::size_t which = random.below(5);
  const auto take = [&](const Part& part) {
    if (random.chance(0.7F)) {
      result.image = erased(result, part);
      return;
    }
    cv::Mat3f smear;
    const double sigma = 0.12 * width_of(photo);
    cv::GaussianBlur(result.image, smear, {}, sigma);
    result.image = mixed(result.image, smear, spot(smear.size(), part.centre, part.radii));
  };
  if (which == 0 || which == 1) take(eye(photo, which));
  if (which >= 3) take(eye(photo, 0)), take(eye(photo, 1));
  if (which == 2 || which == 4) take(mouth(photo));
  return result.image;
}

cv::Mat3f with_part_elsewhere(const TruePhoto& photo, Random& random) {
  const std::size_t which = random.below(3);
  const Part part = which < 2 ? eye(photo, which) : mouth(photo);
  const float angle = random.uniform(0, 6.2832F), far = random.uniform(0.2F, 0.42F) * width_of(photo);
  const cv::Point2f by(far * std::cos(angle), far * std::sin(angle));
  cv::Mat3f carried;
  const cv::Matx23f m(1, 0, by.x, 0, 1, by.y);
  cv::warpAffine(photo.image, carried, m, photo.image.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  const cv::Mat3f rest = random.chance(0.7F) ? erased(photo, part) : photo.image;
  return mixed(rest, carried, spot(photo.image.size(), part.centre + by, part.radii));
}

cv::Mat3f blend(const TruePhoto& one, const TruePhoto& other, Random& random) {
  const float angle = random.uniform(0, 6.2832F), far = random.uniform(6, 20);
  cv::Mat3f carried;
  const cv::Matx23f m(1, 0, far * std::cos(angle), 0, 1, far * std::sin(angle));
  cv::warpAffine(other.image, carried, m, other.image.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  const float share = random.uniform(0.35F, 0.65F);
  return one.image * (1 - share) + carried * share;
}

cv::Mat3f turned(const cv::Mat3f& image, Random& random) {
  const cv::Point2f middle(static_cast<float>(image.cols - 1) / 2, static_cast<float>(image.rows - 1) / 2);
  const float angle = random.chance(0.5F) ? 180 + random.uniform(-15, 15) : random.uniform(70, 290);
  cv::Mat3f result;
  cv::warpAffine(image, result, cv::getRotationMatrix2D(middle, angle, 1), image.size(), cv::INTER_LINEAR,
                 random.chance(0.5F) ? cv::BORDER_REPLICATE : cv::BORDER_REFLECT);
  return result;
}

// A half plane through the face is something else, or lies beyond the border.
cv::Mat3f partial(const TruePhoto& one, Random& random) {
  const float w = width_of(one);
  const cv::Point2f direction = std::array<cv::Point2f, 4>{{{1, 0}, {-1, 0}, {0, 1}, {0, -1}}}[random.below(4)];
  const cv::Point2f middle = (one.points[0] + one.points[1] + one.points[3] + one.points[4]) / 4;
  const cv::Point2f edge = middle + direction * random.uniform(-0.25F, 0.1F) * w;
  const float frame = static_cast<float>(one.image.cols - 1);
  cv::Mat3f result;
  if (random.chance(0.5F)) {
    const cv::Point2f border(direction.x > 0 ? frame : 0, direction.y > 0 ? frame : 0);
    const cv::Point2f by((border.x - edge.x) * std::abs(direction.x), (border.y - edge.y) * std::abs(direction.y));
    const cv::Matx23f m(1, 0, by.x, 0, 1, by.y);
    cv::warpAffine(one.image, result, m, one.image.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    return result;
  }
  const cv::Mat3f cover = background(one.image.size(), random);
  result = one.image.clone();
  for (int y = 0; y < result.rows; ++y)
    for (int x = 0; x < result.cols; ++x)
      if ((cv::Point2f(static_cast<float>(x), static_cast<float>(y)) - edge).dot(direction) > 0)
        result(y, x) = cover(y, x);
  return result;
}

cv::Mat3f melted(const cv::Mat3f& image, Random& random) {
  const float wavelength = random.uniform(10, 30);
  return displaced(
      image, smooth_displacement(image.size(), wavelength, 0.22F * wavelength * random.uniform(0.55F, 1.4F), random));
}

cv::Mat3f swirled(const TruePhoto& photo, Random& random) {
  const cv::Point2f centre = photo.points[2];
  const float twist = (random.chance(0.5F) ? 1.F : -1.F) * random.uniform(2, 4), radius = 0.6F * width_of(photo);
  cv::Mat2f by(photo.image.size());
  for (int y = 0; y < by.rows; ++y)
    for (int x = 0; x < by.cols; ++x) {
      const cv::Point2f off = cv::Point2f(static_cast<float>(x), static_cast<float>(y)) - centre;
      const float angle = twist * std::exp(-off.dot(off) / (radius * radius)), c = std::cos(angle), s = std::sin(angle);
      by(y, x) = {c * off.x - s * off.y - off.x, s * off.x + c * off.y - off.y};
    }
  return displaced(photo.image, by);
}

}  // namespace

const char* name_of(NoFace kind) {
  static constexpr std::array<const char*, kNoFaces> kNames = {"background", "noise",     "blurred", "shuffled",
                                                               "erased",     "displaced", "blend",   "turned",
                                                               "partial",    "melted",    "swirled"};
  return kNames[static_cast<std::size_t>(kind)];
}

cv::Mat3f draw_no_face(NoFace kind, const TruePhoto& one, const TruePhoto& other, Random& random) {
  const cv::Size size = one.image.size();
  switch (kind) {
    case NoFace::kBackground:
      return background(size, random);
    case NoFace::kNoise:
      return noise(size, random);
    case NoFace::kBlurred:
      return blurred(one.image, random);
    case NoFace::kShuffled:
      return shuffled(one.image, random);
    case NoFace::kErased:
      return without_parts(one, random);
    case NoFace::kDisplaced:
      return with_part_elsewhere(one, random);
    case NoFace::kBlend:
      return blend(one, other, random);
    case NoFace::kTurned:
      return turned(one.image, random);
    case NoFace::kPartial:
      return partial(one, random);
    case NoFace::kMelted:
      return melted(one.image, random);
    case NoFace::kSwirled:
      return swirled(one, random);
  }
  return {};
}

}  // namespace miafr::demo
