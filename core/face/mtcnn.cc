#include "core/face/mtcnn.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

namespace miafr {
namespace {

struct Candidate {
  int64_t image = 0;
  std::array<float, 4> box{}, shift{};
  float score = 0;
  std::array<std::array<float, 2>, 5> points{};
};
using Candidates = std::vector<Candidate>;

// ---- Resizing by means
// -----------------------------------------------------------------------------------------------

// Where the i-th of `out` equal parts of a line of `in` pixels begins and ends; parts overlap where `out` does not
// divide `in` (adaptive average pooling).
int64_t part_begin(int64_t i, int64_t in, int64_t out) { return i * in / out; }
int64_t part_end(int64_t i, int64_t in, int64_t out) { return ((i + 1) * in + out - 1) / out; }

// A window of an image: pixels left..right-1, top..bottom-1.
struct Window {
  int64_t image, left, top, right, bottom;
};

// Images as sums over all that lies above and left of each pixel, so that the mean over any rectangle takes four
// look-ups, whatever its size. In float64: exact for 8-bit pixels.
class IntegralImages {
 public:
  explicit IntegralImages(const at::Tensor& images)  // [N,3,H,W]
      : height_(images.size(2)),
        width_(images.size(3)),
        sums_(at::constant_pad_nd(images.permute({0, 2, 3, 1}).to(at::kDouble).contiguous().cumsum(1).cumsum(2),
                                  {0, 0, 1, 0, 1, 0})
                  .contiguous()) {}

  // Whole images at another size, as the networks want them: [N,3,height,width], channels last.
  at::Tensor resized(int64_t height, int64_t width) const {
    const auto [top, bottom] = parts(height_, height);
    const auto [left, right] = parts(width_, width);
    const at::Tensor rows = sums_.index_select(1, bottom) - sums_.index_select(1, top);  // [N, h, W + 1, 3]
    const at::Tensor sums = rows.index_select(2, right) - rows.index_select(2, left);    // [N, h, w, 3]
    return input(sums, (bottom - top).view({-1, 1, 1}) * (right - left).view({1, -1, 1}));
  }

  // Windows at one size: [K,3,size,size], channels last.
  at::Tensor crops(const Window* windows, int64_t count, int64_t size) const {
    std::vector<int64_t> edges[4];  // top, bottom, left, right of each part
    for (const Window* w = windows; w != windows + count; ++w)
      for (int64_t i = 0; i < size; ++i) {
        const int64_t h = w->bottom - w->top, v = w->right - w->left, first_row = w->image * (height_ + 1) + w->top;
        edges[0].push_back(first_row + part_begin(i, h, size));
        edges[1].push_back(first_row + part_end(i, h, size));
        edges[2].push_back(w->left + part_begin(i, v, size));
        edges[3].push_back(w->left + part_end(i, v, size));
      }
    const auto rows = [&](int edge) { return at::tensor(edges[edge]).to(sums_.device()).view({count, size, 1}); };
    const auto columns = [&](int edge) { return at::tensor(edges[edge]).to(sums_.device()).view({count, 1, size}); };
    const at::Tensor top = rows(0), bottom = rows(1), left = columns(2), right = columns(3);
    const at::Tensor flat = sums_.view({-1, 3});
    const auto sum_to = [&](const at::Tensor& y, const at::Tensor& x) {
      return flat.index_select(0, (y * (width_ + 1) + x).flatten());
    };
    const at::Tensor sums = sum_to(bottom, right) - sum_to(top, right) - sum_to(bottom, left) + sum_to(top, left);
    return input(sums.view({count, size, size, 3}), ((bottom - top) * (right - left)).unsqueeze(3));
  }

 private:
  std::pair<at::Tensor, at::Tensor> parts(int64_t in, int64_t out) const {
    std::vector<int64_t> begin, end;
    for (int64_t i = 0; i < out; ++i) {
      begin.push_back(part_begin(i, in, out));
      end.push_back(part_end(i, in, out));
    }
    return {at::tensor(begin).to(sums_.device()), at::tensor(end).to(sums_.device())};
  }

  static at::Tensor input(const at::Tensor& sums, const at::Tensor& counts) {
    return ((sums / counts - 127.5) * 0.0078125).to(at::kFloat).permute({0, 3, 1, 2});
  }

  int64_t height_, width_;
  at::Tensor sums_;  // [N, H + 1, W + 1, 3]
};

// ---- Boxes
// -----------------------------------------------------------------------------------------------------------

enum class Overlap { kUnion, kSmaller };  // shared area over the union's; over the smaller box's, pixels counted whole

float overlap(const Candidate& a, const Candidate& b, Overlap kind) {
  const float one = kind == Overlap::kSmaller ? 1.0f : 0.0f;
  const auto area = [&](const std::array<float, 4>& box) { return (box[2] - box[0] + one) * (box[3] - box[1] + one); };
  const float width = std::min(a.box[2], b.box[2]) - std::max(a.box[0], b.box[0]) + one;
  const float height = std::min(a.box[3], b.box[3]) - std::max(a.box[1], b.box[1]) + one;
  const float shared = std::max(0.0f, width) * std::max(0.0f, height);
  const float first = area(a.box), second = area(b.box);
  return shared / (kind == Overlap::kSmaller ? std::min(first, second) : first + second - shared);
}

// Greedy non-maximum suppression within each image: of boxes that overlap by more than `most`, the likeliest stays.
// The result is in descending order of score.
Candidates thinned_out(Candidates candidates, float most, Overlap kind = Overlap::kUnion) {
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
  Candidates kept;
  for (const Candidate& candidate : candidates) {
    const bool covered = std::any_of(kept.begin(), kept.end(), [&](const Candidate& other) {
      return other.image == candidate.image && overlap(candidate, other, kind) > most;
    });
    if (!covered) kept.push_back(candidate);
  }
  return kept;
}

// Moves the box by what the network says, in widths and heights of the box; `extra` is 1 where its last pixel counts.
void shift(Candidate& c, float extra) {
  const float width = c.box[2] - c.box[0] + extra, height = c.box[3] - c.box[1] + extra;
  for (int side = 0; side < 4; ++side) c.box[side] += c.shift[side] * (side % 2 == 0 ? width : height);
}

// The square about the same centre with the longer side.
void make_square(Candidate& c) {
  const float width = c.box[2] - c.box[0], height = c.box[3] - c.box[1], side = std::max(width, height);
  c.box[0] = c.box[0] + width * 0.5f - side * 0.5f;
  c.box[1] = c.box[1] + height * 0.5f - side * 0.5f;
  c.box[2] = c.box[0] + side;
  c.box[3] = c.box[1] + side;
}

// What of the box lies in the image. Boxes count pixels from 1.
Window window_of(const Candidate& c, int64_t height, int64_t width) {
  const auto whole = [&](int side) { return static_cast<int64_t>(c.box[side]); };  // towards zero
  return {c.image, std::max<int64_t>(whole(0), 1) - 1, std::max<int64_t>(whole(1), 1) - 1, std::min(whole(2), width),
          std::min(whole(3), height)};
}

// ---- The cascade
// -----------------------------------------------------------------------------------------------------

std::vector<double> pyramid_scales(int64_t height, int64_t width, const MtcnnOptions& options) {
  std::vector<double> scales;
  double scale = PNet::kWindow / options.min_face_size;
  for (double side = std::min(height, width) * scale; side >= PNet::kWindow; side *= options.factor) {
    scales.push_back(scale);
    scale *= options.factor;
  }
  return scales;
}

// The places of one level of the pyramid that PNet takes for a face.
Candidates proposals(const PNet::Output& out, double scale, double threshold) {
  const at::Tensor mask = out.probability >= threshold;                                        // [N, h, w]
  const at::Tensor places = mask.nonzero().cpu();                                              // [K, 3]
  const at::Tensor scores = out.probability.masked_select(mask).cpu();                         // [K]
  const at::Tensor shifts = out.shift.permute({0, 2, 3, 1}).index({mask}).cpu().contiguous();  // [K, 4]
  const auto place = places.accessor<int64_t, 2>();
  const auto score = scores.accessor<float, 1>();
  const auto shift = shifts.accessor<float, 2>();
  // As float32, which decides on which side of a pixel a box falls.
  const auto unscaled = [&](int64_t x) { return std::floor(static_cast<float>(x) / static_cast<float>(scale)); };
  Candidates found(scores.numel());
  for (int64_t i = 0; i < scores.numel(); ++i) {
    Candidate& c = found[i];
    const int64_t y = PNet::kStride * place[i][1], x = PNet::kStride * place[i][2];
    c.image = place[i][0];
    c.box = {unscaled(x + 1), unscaled(y + 1), unscaled(x + PNet::kWindow), unscaled(y + PNet::kWindow)};
    c.score = score[i];
    for (int side = 0; side < 4; ++side) c.shift[side] = shift[i][side];
  }
  return found;
}

// Calls network on crops of the candidates, a few hundred at a time, and keep(candidate, what else it says) for those
// that it finds likelier than the threshold. What lies outside of its image is dropped.
template <class Network, class Keep>
Candidates judged(const Network& network, const IntegralImages& images, int64_t height, int64_t width,
                  Candidates candidates, double threshold, const Keep& keep) {
  constexpr std::size_t kAtOnce = 256;
  std::vector<Window> windows;
  Candidates inside, kept;
  for (const Candidate& c : candidates) {
    const Window w = window_of(c, height, width);
    if (w.right <= w.left || w.bottom <= w.top) continue;
    windows.push_back(w);
    inside.push_back(c);
  }
  for (std::size_t first = 0; first < inside.size(); first += kAtOnce) {
    const std::size_t count = std::min(kAtOnce, inside.size() - first);
    const at::Tensor rows = network.forward(images.crops(windows.data() + first, count, Network::kInput)).cpu();
    const auto row = rows.template accessor<float, 2>();
    for (std::size_t i = 0; i < count; ++i) {
      Candidate c = inside[first + i];
      c.score = row[i][0];
      if (!(c.score > static_cast<float>(threshold))) continue;
      for (int side = 0; side < 4; ++side) c.shift[side] = row[i][1 + side];
      keep(c, row[i].data() + 5);
      kept.push_back(c);
    }
  }
  return kept;
}

// ONet's ten numbers, in widths and heights of the box.
void set_points(Candidate& c, const float* where) {
  const float width = c.box[2] - c.box[0] + 1, height = c.box[3] - c.box[1] + 1;
  for (int i = 0; i < 5; ++i) c.points[i] = {width * where[i] + c.box[0] - 1, height * where[5 + i] + c.box[1] - 1};
}

}  // namespace

Mtcnn::Mtcnn(Parameters& pnet, Parameters& rnet, Parameters& onet, MtcnnOptions options)
    : pnet_(Scope(pnet, "")), rnet_(Scope(rnet, "")), onet_(Scope(onet, "")), options_(options) {}

std::vector<std::vector<MtcnnFace>> Mtcnn::detect(const at::Tensor& images) const {
  const at::InferenceMode no_gradients;
  const at::Tensor batch = images.dim() == 3 ? images.unsqueeze(0) : images;
  const int64_t height = batch.size(2), width = batch.size(3);
  const IntegralImages integral(batch);

  // 1. Proposals, thinned out within each level, then over all of them.
  Candidates candidates;
  for (const double scale : pyramid_scales(height, width, options_)) {
    const at::Tensor level =
        integral.resized(static_cast<int64_t>(height * scale + 1), static_cast<int64_t>(width * scale + 1));
    const Candidates found = thinned_out(proposals(pnet_.forward(level), scale, options_.thresholds[0]), 0.5f);
    candidates.insert(candidates.end(), found.begin(), found.end());
  }
  candidates = thinned_out(std::move(candidates), 0.7f);
  for (Candidate& c : candidates) shift(c, 0), make_square(c);

  // 2. A second look.
  candidates = judged(rnet_, integral, height, width, std::move(candidates), options_.thresholds[1],
                      [](Candidate&, const float*) {});
  candidates = thinned_out(std::move(candidates), 0.7f);
  for (Candidate& c : candidates) shift(c, 1), make_square(c);

  // 3. The last look.
  candidates = judged(onet_, integral, height, width, std::move(candidates), options_.thresholds[2], set_points);
  for (Candidate& c : candidates) shift(c, 1);
  candidates = thinned_out(std::move(candidates), 0.7f, Overlap::kSmaller);

  std::vector<std::vector<MtcnnFace>> faces(batch.size(0));
  for (const Candidate& c : candidates) faces[c.image].push_back({c.box, c.score, c.points});
  const auto area = [](const MtcnnFace& f) { return (f.box[2] - f.box[0]) * (f.box[3] - f.box[1]); };
  for (auto& of_image : faces)
    std::stable_sort(of_image.begin(), of_image.end(),
                     [&](const MtcnnFace& a, const MtcnnFace& b) { return area(a) > area(b); });
  return faces;
}

}  // namespace miafr
