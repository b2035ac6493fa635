// How well drawn_age and drawn_faces do on people that neither has seen, as JSON on standard output; and a picture of
// it.
#include <torch/types.h>

#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>
#include <opencv2/imgproc.hpp>

#include "core/face/aligned_faces.h"
#include "core/models/tensor_file.h"
#include "core/nn/tensor_parameters.h"
#include "demo/networks/drawn_age_net.h"
#include "demo/networks/drawn_faces_net.h"
#include "demo/pretrain/disturbances.h"
#include "demo/pretrain/face_pool.h"
#include "demo/pretrain/no_faces.h"
#include "demo/pretrain/round_trip.h"
#include "demo/pretrain/stages.h"
#include "demo/render/picture_file.h"

namespace miafr::demo {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kPhotos = 1500, kOfEachNoFace = 300, kRoundTrips = 300, kPiece = 100;
constexpr double kThreshold = 0.5;  // the plugin's default

TensorParameters weights_of(const StageOptions& options, const std::string& name) {
  const auto file = options.folder / (name + ".safetensors");
  return {read_tensor_file(file), file.string()};
}

struct Looked {
  at::Tensor presence, points, boxes;  // [N], [N,5,2], [N,4]
};

Looked look(const DrawnFacesNet& net, const at::Tensor& pictures) {
  std::vector<at::Tensor> presence, points, boxes;
  for (const at::Tensor& piece : pictures.split(kPiece)) {
    const DrawnFacesNet::Output seen = net.forward(DrawnFacesNet::to_input(piece));
    presence.push_back(at::sigmoid(seen.presence)), points.push_back(seen.points), boxes.push_back(seen.box);
  }
  return {at::cat(presence), at::cat(points), at::cat(boxes)};
}

at::Tensor years_of(const DrawnAgeNet& net, const at::Tensor& pictures, const at::Tensor& points) {
  std::vector<at::Tensor> years;
  for (std::int64_t begin = 0; begin < pictures.size(0); begin += kPiece) {
    const auto piece = [&](const at::Tensor& x) { return x.slice(0, begin, begin + kPiece); };
    years.push_back(
        DrawnAgeNet::expected_years(net.forward(aligned_faces(piece(pictures), piece(points), DrawnAgeNet::input()))));
  }
  return at::cat(years);
}

// The age whose middle is nearest, seen from halfway between the middles.
std::size_t label_at(double years) {
  constexpr auto& kKnots = DrawnAgeNet::kYears;
  std::size_t label = 0;
  while (label + 1 < kKnots.size() && years > (kKnots[label] + kKnots[label + 1]) / 2) ++label;
  return label;
}

Json age_figures(const at::Tensor& years, const FacePool& truth) {
  std::int64_t right = 0;
  double error = 0;
  std::array<std::int64_t, 6> of_label{}, right_of_label{};
  for (std::int64_t i = 0; i < years.size(0); ++i) {
    const double estimate = years[i].item<double>();
    const auto label = static_cast<std::size_t>(truth.plan(i).age);
    const bool is_right = label_at(estimate) == label;
    right += is_right, ++of_label[label], right_of_label[label] += is_right;
    error += std::abs(estimate - double(truth.years(i)));
  }
  Json figures = {{"photos", years.size(0)},
                  {"right_label", double(right) / double(years.size(0))},
                  {"mean_error_years", error / double(years.size(0))}};
  for (std::size_t label = 0; label < of_label.size(); ++label)
    figures["right_label_of"][age_name(kAgeLabels[label])] =
        double(right_of_label[label]) / double(std::max<std::int64_t>(1, of_label[label]));
  return figures;
}

Json detection_figures(const Looked& seen, const FacePool& truth) {
  const std::int64_t count = seen.presence.size(0);
  std::vector<std::array<cv::Point2f, 5>> points;
  at::Tensor boxes = at::empty({count, 4});
  for (std::int64_t i = 0; i < count; ++i) {
    const TruePhoto photo = truth.photo(i);
    points.push_back(photo.points);
    const float box[] = {photo.box.x, photo.box.y, photo.box.br().x, photo.box.br().y};
    std::copy(std::begin(box), std::end(box), boxes[i].data_ptr<float>());
  }
  const at::Tensor off = (seen.points - to_tensor(points)).pow(2).sum(2).sqrt();  // [N, 5]
  return {{"photos", count},
          {"found", (seen.presence >= kThreshold).to(at::kDouble).mean().item<double>()},
          {"mean_point_error_pixels", off.mean().item<double>()},
          {"largest_point_error_pixels", off.max().item<double>()},
          {"mean_box_error_pixels", (seen.boxes - boxes).abs().mean().item<double>()}};
}

Json false_rates(const DrawnFacesNet& net, const FacePool& truth) {
  Json rates;
  for (int kind = 0; kind < kNoFaces; ++kind) {
    std::vector<cv::Mat3f> images;
    for (std::int64_t i = 0; i < kOfEachNoFace; ++i) {
      Random random(kTestPeople + static_cast<std::uint64_t>(i), 77);
      images.push_back(
          draw_no_face(static_cast<NoFace>(kind), truth.photo(i), truth.photo(truth.size() - 1 - i), random));
    }
    const at::Tensor found = look(net, at::clamp(to_tensor(images), 0, 255)).presence >= kThreshold;
    rates[name_of(static_cast<NoFace>(kind))] = found.to(at::kDouble).mean().item<double>();
  }
  return rates;
}

at::Tensor painted(const at::Tensor& pictures) {
  std::vector<cv::Mat3f> images;
  for (std::int64_t i = 0; i < pictures.size(0); ++i) {
    Random random(static_cast<std::uint64_t>(i), 78);
    const at::Tensor pixels = pictures[i].permute({1, 2, 0}).contiguous();
    images.push_back(
        as_painted(cv::Mat3f(kPhotoSide, kPhotoSide, reinterpret_cast<cv::Vec3f*>(pixels.data_ptr<float>())), random));
  }
  return to_tensor(images);
}

// Rows of faces as training sees them, then a row of each kind of no face; what is found is drawn on it.
void write_sheet(const std::filesystem::path& file, const DrawnFacesNet& net, const FacePool& truth) {
  constexpr int kColumns = 12, kFaceRows = 3, kEnlarged = 2, kCell = kEnlarged * kPhotoSide;
  std::vector<cv::Mat3f> images;
  for (int i = 0; i < kColumns * (kFaceRows + kNoFaces); ++i) {
    Random random(static_cast<std::uint64_t>(i), 79);
    const TruePhoto one = moved(truth.photo(i), random), other = moved(truth.photo(truth.size() - 1 - i), random);
    const int row = i / kColumns - kFaceRows;
    images.push_back(
        as_painted(row < 0 ? one.image : draw_no_face(static_cast<NoFace>(row), one, other, random), random));
  }
  const Looked seen = look(net, to_tensor(images));
  cv::Mat3b sheet(kCell * (kFaceRows + kNoFaces), kCell * kColumns);
  for (std::size_t i = 0; i < images.size(); ++i) {
    cv::Mat3b cell = sheet(cv::Rect(static_cast<int>(i) % kColumns * kCell, static_cast<int>(i) / kColumns * kCell,
                                    kCell, kCell)),
              small;
    images[i].convertTo(small, CV_8U);
    cv::resize(small, cell, cell.size(), 0, 0, cv::INTER_CUBIC);
    const auto number = static_cast<std::int64_t>(i);
    if (seen.presence[number].item<double>() < kThreshold) continue;
    const auto at = [&](const at::Tensor& xy) {
      return cv::Point2f(xy[0].item<float>(), xy[1].item<float>()) * kEnlarged;
    };
    const at::Tensor box = seen.boxes[number].view({2, 2});
    cv::rectangle(cell, at(box[0]), at(box[1]), {255, 0, 0});
    for (std::int64_t p = 0; p < 5; ++p) cv::circle(cell, at(seen.points[number][p]), 2, {0, 255, 0}, cv::FILLED);
  }
  cv::cvtColor(sheet, sheet, cv::COLOR_RGB2BGR);
  write_picture(file, sheet);
}

}  // namespace

void measure_looks(const StageOptions& options) {
  const at::InferenceMode inference;
  TensorParameters age_weights = weights_of(options, "age"), faces_weights = weights_of(options, "faces");
  const DrawnAgeNet age(Scope(age_weights, ""));
  const DrawnFacesNet faces(Scope(faces_weights, ""));
  const FacePool people(kTestPeople, kPhotos);
  write_sheet(options.folder / "faces.png", faces, people);
  std::vector<cv::Mat3f> images;
  std::vector<std::array<cv::Point2f, 5>> points;
  for (std::int64_t i = 0; i < people.size(); ++i) {
    images.push_back(people.photo(i).image);
    points.push_back(people.photo(i).points);
  }
  const at::Tensor renders = to_tensor(images);
  Json all;
  const auto add = [&](const std::string& name, const at::Tensor& pictures) {
    const Looked seen = look(faces, pictures);
    all["faces"][name] = detection_figures(seen, people);
    all["age"][name] = age_figures(years_of(age, pictures, seen.points), people);
  };
  all["age"]["renders, true points"] = age_figures(years_of(age, renders, to_tensor(points)), people);
  add("renders", renders);
  add("disturbed renders", painted(renders));
  if (has_autoencoder(options.folder))
    add("autoencoder's round trip", round_trip(options.folder, renders.slice(0, 0, kRoundTrips)));
  all["taken for a face"] = false_rates(faces, people);
  std::cout << all.dump(2) << "\n";
}

}  // namespace miafr::demo
