// Face detection by MTCNN (Zhang et al., Joint Face Detection and Alignment using Multi-task Cascaded Convolutional
// Networks, arXiv 1604.02878), step for step as facenet-pytorch 2.6.0 does it: an image pyramid is searched by PNet,
// what it proposes is looked at by RNet and then by ONet, and after each network overlapping boxes are thinned out.
#pragma once

#include <torch/types.h>

#include <array>
#include <vector>

#include "core/face/mtcnn_nets.h"

namespace miafr {

// Coordinates are x and y in pixels, pixel centres at integers; they may lie outside the image.
struct MtcnnFace {
  std::array<float, 4> box{};                    // left, top, right, bottom
  float probability = 0;                         // that it is a face
  std::array<std::array<float, 2>, 5> points{};  // left eye, right eye, nose tip, left and right mouth corner as seen
};

struct MtcnnOptions {
  double min_face_size = 20;                        // pixels
  std::array<double, 3> thresholds{0.6, 0.7, 0.7};  // least probability after PNet, RNet, ONet
  double factor = 0.709;                            // from one level of the pyramid to the next
};

class Mtcnn {
 public:
  // Each source holds one network under the bare names of its file. Throws what the sources throw.
  Mtcnn(Parameters& pnet, Parameters& rnet, Parameters& onet, MtcnnOptions options = {});

  // images [N,3,H,W], or [3,H,W] for one, RGB 0..255, of any dtype, on the networks' device -> the faces of each image,
  // the largest box first. The same alone and in a batch. Safe to call from several threads.
  std::vector<std::vector<MtcnnFace>> detect(const at::Tensor& images) const;

 private:
  PNet pnet_;
  RNet rnet_;
  ONet onet_;
  MtcnnOptions options_;
};

}  // namespace miafr
