// The three networks of MTCNN (Zhang et al., arXiv 1604.02878), as facenet-pytorch 2.6.0 has them: keys of its pnet.pt,
// rnet.pt and onet.pt. Each takes [N,3,h,w] RGB, (pixel - 127.5) / 128, and tells for each place or crop how likely it
// is a face and how its box is to be moved. Inference only.
#pragma once

#include <torch/types.h>

#include "core/face/face_layers.h"

namespace miafr {

// Convolution without padding, with bias, then PReLU.
class MtcnnConv {
 public:
  MtcnnConv(const Scope& scope, const std::string& number, int64_t in, int64_t out, int64_t kernel)
      : conv_(scope["conv" + number].get("weight", {out, in, kernel, kernel}),
              scope["conv" + number].get("bias", {out}), {}),
        prelu_(scope["prelu" + number], out) {}

  at::Tensor forward(const at::Tensor& x) const { return prelu_.forward(conv_.forward(x)); }

 private:
  FixedConv2d conv_;
  PReLU prelu_;
};

// Max pooling by steps of 2 that keeps an incomplete last window.
inline at::Tensor mtcnn_pool(const at::Tensor& x, int64_t kernel) {
  return at::max_pool2d(x, kernel, 2, 0, 1, /*ceil_mode=*/true);
}

// [N,C,h,w] -> [N,w*h*C]: the order in which the dense layers' weights, which come from MATLAB, count.
inline at::Tensor mtcnn_flatten(const at::Tensor& x) { return x.permute({0, 3, 2, 1}).flatten(1); }

// Two logits, not a face and a face -> probability of a face.
inline at::Tensor face_probability(const at::Tensor& logits) {  // [N,2,…] -> [N,…]
  return at::softmax(logits, 1).select(1, 1);
}

// Proposals: a 12x12 window at every second pixel.
class PNet {
 public:
  static constexpr int64_t kWindow = 12, kStride = 2;  // pixels

  explicit PNet(const Scope& scope)
      : conv1_(scope, "1", 3, 10, 3),
        conv2_(scope, "2", 10, 16, 3),
        conv3_(scope, "3", 16, 32, 3),
        // Both outputs in one convolution.
        heads_(at::cat({scope["conv4_1"].get("weight", {2, 32, 1, 1}), scope["conv4_2"].get("weight", {4, 32, 1, 1})}),
               at::cat({scope["conv4_1"].get("bias", {2}), scope["conv4_2"].get("bias", {4})}), {}) {}

  struct Output {
    at::Tensor probability;  // [N,h',w']
    at::Tensor shift;        // [N,4,h',w'] of left, top, right, bottom in widths and heights of the window
  };
  Output forward(const at::Tensor& images) const {  // [N, 3, h, w]
    const at::Tensor x = conv3_.forward(conv2_.forward(mtcnn_pool(conv1_.forward(images), 2)));
    const at::Tensor out = heads_.forward(x);  // [N, 6, h', w']
    return {face_probability(out.slice(1, 0, 2)), out.slice(1, 2, 6)};
  }

 private:
  MtcnnConv conv1_, conv2_, conv3_;
  FixedConv2d heads_;
};

// A second look at each proposal, 24x24 pixels.
class RNet {
 public:
  static constexpr int64_t kInput = 24;

  explicit RNet(const Scope& scope)
      : conv1_(scope, "1", 3, 28, 3),
        conv2_(scope, "2", 28, 48, 3),
        conv3_(scope, "3", 48, 64, 2),
        dense4_(scope["dense4"], 576, 128),
        prelu4_(scope["prelu4"], 128),
        face_(scope["dense5_1"], 128, 2),
        shift_(scope["dense5_2"], 128, 4) {}

  // [N,3,24,24] -> [N,5]: probability, shift of left, top, right, bottom.
  at::Tensor forward(const at::Tensor& crops) const {
    at::Tensor x = mtcnn_pool(conv1_.forward(crops), 3);     // [N, 28, 11, 11]
    x = conv3_.forward(mtcnn_pool(conv2_.forward(x), 3));    // [N, 64, 3, 3]
    x = prelu4_.forward(dense4_.forward(mtcnn_flatten(x)));  // [N, 128]
    return at::cat({face_probability(face_.forward(x)).unsqueeze(1), shift_.forward(x)}, 1);
  }

 private:
  MtcnnConv conv1_, conv2_, conv3_;
  Linear dense4_;
  PReLU prelu4_;
  Linear face_, shift_;
};

// The last look, 48x48 pixels, with the five points.
class ONet {
 public:
  static constexpr int64_t kInput = 48;

  explicit ONet(const Scope& scope)
      : conv1_(scope, "1", 3, 32, 3),
        conv2_(scope, "2", 32, 64, 3),
        conv3_(scope, "3", 64, 64, 3),
        conv4_(scope, "4", 64, 128, 2),
        dense5_(scope["dense5"], 1152, 256),
        prelu5_(scope["prelu5"], 256),
        face_(scope["dense6_1"], 256, 2),
        shift_(scope["dense6_2"], 256, 4),
        points_(scope["dense6_3"], 256, 10) {}

  // [N,3,48,48] -> [N,15]: probability, shift of left, top, right, bottom, then five x and five y of the points; in
  // widths and heights of the box.
  at::Tensor forward(const at::Tensor& crops) const {
    at::Tensor x = mtcnn_pool(conv1_.forward(crops), 3);     // [N, 32, 23, 23]
    x = mtcnn_pool(conv2_.forward(x), 3);                    // [N, 64, 10, 10]
    x = conv4_.forward(mtcnn_pool(conv3_.forward(x), 2));    // [N, 128, 3, 3]
    x = prelu5_.forward(dense5_.forward(mtcnn_flatten(x)));  // [N, 256]
    return at::cat({face_probability(face_.forward(x)).unsqueeze(1), shift_.forward(x), points_.forward(x)}, 1);
  }

 private:
  MtcnnConv conv1_, conv2_, conv3_, conv4_;
  Linear dense5_;
  PReLU prelu5_;
  Linear face_, shift_, points_;
};

}  // namespace miafr
