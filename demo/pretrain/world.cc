#include "demo/pretrain/world.h"

#include <ATen/Parallel.h>

#include <opencv2/core.hpp>

#include "demo/render/random.h"

namespace miafr::demo {

PhotoPlan photo_plan(std::uint64_t identity, std::uint64_t number) {
  Random random(identity, 0x70686f746fULL + number);
  PhotoPlan plan{};
  plan.identity = identity;
  plan.age = kAgeLabels[random.next() % kAgeLabels.size()];
  plan.eyeglasses = random.chance(0.25F);
  plan.nuisance = random.next() >> 16U;
  return plan;
}

Rendering render(const PhotoPlan& plan, int side) {
  return render_face(draw_identity(plan.identity), plan.age, plan.eyeglasses, draw_nuisance(plan.nuisance), side);
}

Photos draw_photos(const std::vector<PhotoPlan>& plans, int side) {
  const auto count = static_cast<std::int64_t>(plans.size());
  at::Tensor pictures = at::empty({count, side, side, 3}, at::kByte), landmarks = at::empty({count, 5, 2});
  std::uint8_t* const pixels = pictures.data_ptr<std::uint8_t>();
  float* const points = landmarks.data_ptr<float>();
  at::parallel_for(0, count, 8, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const Rendering face = render(plans[static_cast<std::size_t>(i)], side);
      cv::Mat out(side, side, CV_8UC3, pixels + i * side * side * 3);
      const int bgr_to_rgb[] = {0, 2, 1, 1, 2, 0};
      cv::mixChannels(&face.image, 1, &out, 1, bgr_to_rgb, 3);
      for (std::size_t p = 0; p < face.landmarks.size(); ++p)
        points[i * 10 + 2 * p] = face.landmarks[p].x, points[i * 10 + 2 * p + 1] = face.landmarks[p].y;
    }
  });
  return {pictures.permute({0, 3, 1, 2}).contiguous(), landmarks};
}

at::Tensor render_photos(const std::vector<PhotoPlan>& plans, int side) { return draw_photos(plans, side).pixels; }

at::Tensor to_unit_range(const at::Tensor& photos) { return photos.to(at::kFloat).div_(127.5).sub_(1); }

}  // namespace miafr::demo
