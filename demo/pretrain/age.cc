// The age estimator: drawn people, aligned as an evaluation aligns them, with points as a detector finds them and
// pictures as a model paints them; a third have been through the autoencoder.
#include <torch/types.h>

#include <algorithm>
#include <array>
#include <iostream>

#include "core/face/aligned_faces.h"
#include "demo/networks/drawn_age_net.h"
#include "demo/pretrain/disturbances.h"
#include "demo/pretrain/face_pool.h"
#include "demo/pretrain/round_trip.h"
#include "demo/pretrain/stages.h"

namespace miafr::demo {
namespace {

constexpr std::int64_t kSteps = 1600, kBatch = 32;
constexpr std::int64_t kPhotos = 9000, kSentRound = 3000;

// Years as shares of the two ages that they lie between, of which they are the mean.
std::array<float, DrawnAgeNet::kLabels> shares_of(double years) {
  constexpr auto& kKnots = DrawnAgeNet::kYears;
  std::array<float, DrawnAgeNet::kLabels> shares{};
  const double inside = std::clamp(years, kKnots.front(), kKnots.back());
  std::size_t knot = 0;
  while (knot + 2 < kKnots.size() && inside > kKnots[knot + 1]) ++knot;
  const double share = (inside - kKnots[knot]) / (kKnots[knot + 1] - kKnots[knot]);
  shares[knot] = static_cast<float>(1 - share), shares[knot + 1] = static_cast<float>(share);
  return shares;
}

struct Batch {
  at::Tensor faces;   // as the network takes them
  at::Tensor shares;  // [N, 6]
};

Batch draw(const FacePool& pool, const at::Tensor& chosen, std::uint64_t seed) {
  std::vector<cv::Mat3f> images;
  std::vector<std::array<cv::Point2f, 5>> points;
  at::Tensor shares = at::empty({chosen.size(0), DrawnAgeNet::kLabels});
  for (std::int64_t i = 0; i < chosen.size(0); ++i) {
    Random random(seed, static_cast<std::uint64_t>(i));
    const auto number = chosen[i].item<std::int64_t>();
    const TruePhoto photo = random.chance(0.5F) ? mirrored(pool.photo(number)) : pool.photo(number);
    images.push_back(as_painted(photo.image, random));
    points.push_back(photo.points);
    const float off = random.uniform(0, 1.2F);  // pixels
    for (cv::Point2f& point : points.back()) point += cv::Point2f(off * normal(random), off * normal(random));
    const auto target = shares_of(pool.years(number));
    std::copy(target.begin(), target.end(), shares[i].data_ptr<float>());
  }
  return {aligned_faces(to_tensor(images), to_tensor(points), DrawnAgeNet::input()), shares};
}

}  // namespace

void train_age(const StageOptions& options) {
  TrainingPlan plan = stage_plan(options, "age", kSteps, 2e-3);
  plan.ema = 0.99;
  TrainingRun run(plan);
  const DrawnAgeNet net(Scope(run.trained(), ""));
  FacePool pool(kAgePeople, kPhotos);
  if (has_autoencoder(options.folder))
    send_round(options.folder, kSentRound, pool);
  else
    std::cerr << "age: " << options.folder.string() << " has no autoencoder.safetensors: learns from renders only\n";
  run.train([&](std::int64_t, at::Generator& generator) {
    const at::Tensor chosen = at::randint(kPhotos, {kBatch}, generator, at::kLong);
    const auto seed = at::randint(std::int64_t{1} << 52, {1}, generator, at::kLong).item<std::int64_t>();
    const Batch batch = draw(pool, chosen, static_cast<std::uint64_t>(seed));
    return -(batch.shares * at::log_softmax(net.forward(batch.faces), 1)).sum(1).mean();
  });
}

}  // namespace miafr::demo
