// The face detector: faces with their points and boxes, and as many pictures of what is no face.
#include <torch/types.h>

#include <array>

#include "demo/networks/drawn_faces_net.h"
#include "demo/pretrain/disturbances.h"
#include "demo/pretrain/face_pool.h"
#include "demo/pretrain/no_faces.h"
#include "demo/pretrain/stages.h"

namespace miafr::demo {
namespace {

constexpr std::int64_t kSteps = 2400, kBatch = 32, kFaces = kBatch / 2;
constexpr std::int64_t kPhotos = 6000;
constexpr double kPointWeight = 6, kBoxWeight = 3;  // an error of a tenth of the picture against one nat

// Out of 20: the nearer to a face, the more often.
NoFace any_no_face(Random& random) {
  static constexpr std::array<NoFace, 20> kKinds = {
      NoFace::kBackground, NoFace::kNoise,   NoFace::kBlurred,   NoFace::kShuffled,  NoFace::kTurned,
      NoFace::kPartial,    NoFace::kPartial, NoFace::kMelted,    NoFace::kMelted,    NoFace::kMelted,
      NoFace::kBlend,      NoFace::kBlend,   NoFace::kBlend,     NoFace::kErased,    NoFace::kErased,
      NoFace::kErased,     NoFace::kErased,  NoFace::kDisplaced, NoFace::kDisplaced, NoFace::kDisplaced};
  return random.pick(kKinds);
}

struct Batch {
  at::Tensor pictures;  // [N, 3, 64, 64], the first kFaces are faces
  at::Tensor points;    // [kFaces, 5, 2]
  at::Tensor boxes;     // [kFaces, 4]
};

Batch draw(const FacePool& pool, const at::Tensor& chosen, std::uint64_t seed) {
  std::vector<cv::Mat3f> images;
  std::vector<std::array<cv::Point2f, 5>> points;
  at::Tensor boxes = at::empty({kFaces, 4});
  const auto photo = [&](std::int64_t i) { return pool.photo(chosen[i].item<std::int64_t>()); };
  for (std::int64_t i = 0; i < kBatch; ++i) {
    Random random(seed, static_cast<std::uint64_t>(i));
    const TruePhoto face = moved(photo(i), random);
    if (i < kFaces) {
      images.push_back(as_painted(face.image, random));
      points.push_back(face.points);
      const float box[] = {face.box.x, face.box.y, face.box.br().x, face.box.br().y};
      std::copy(std::begin(box), std::end(box), boxes[i].data_ptr<float>());
      continue;
    }
    const NoFace kind = any_no_face(random);
    images.push_back(as_painted(draw_no_face(kind, face, moved(photo(i - kFaces), random), random), random));
  }
  return {DrawnFacesNet::to_input(to_tensor(images)), to_tensor(points), boxes};
}

}  // namespace

void train_faces(const StageOptions& options) {
  TrainingPlan plan = stage_plan(options, "faces", kSteps, 2e-3);
  plan.ema = 0.99;
  TrainingRun run(plan);
  const DrawnFacesNet net(Scope(run.trained(), ""));
  const FacePool pool(kDetectPeople, kPhotos);
  const at::Tensor is_face = (at::arange(kBatch) < kFaces).to(at::kFloat);
  run.train([&](std::int64_t, at::Generator& generator) {
    const at::Tensor chosen = at::randint(kPhotos, {kBatch}, generator, at::kLong);
    const auto seed = at::randint(std::int64_t{1} << 52, {1}, generator, at::kLong).item<std::int64_t>();
    const Batch batch = draw(pool, chosen, static_cast<std::uint64_t>(seed));
    const DrawnFacesNet::Output seen = net.forward(batch.pictures);
    const double side = DrawnFacesNet::kInput;
    return at::binary_cross_entropy_with_logits(seen.presence, is_face) +
           kPointWeight / side * at::l1_loss(seen.points.slice(0, 0, kFaces), batch.points) +
           kBoxWeight / side * at::l1_loss(seen.box.slice(0, 0, kFaces), batch.boxes);
  });
}

}  // namespace miafr::demo
