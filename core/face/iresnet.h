// IResNet, the improved ResNet of face recognition (Deng et al., ArcFace, arXiv 1801.07698, sec. 3), in the two layouts
// that published checkpoints have:
//
//   ArcFace   insightface, arcface_torch, iresnet18 … iresnet200: keys conv1, layer1.0.bn1, …, fc, features
//   AdaFace   Kim et al., arXiv 2204.00964, ir_18 … ir_101: keys input_layer.0, body.0.res_layer.0, …, output_layer.3
//
// They differ in the very first shortcut (a convolution; every second pixel) and in the last normalisation (with weight
// and bias; without).
#pragma once

#include <torch/types.h>

#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/face/face_layers.h"
#include "core/plugin/face_input.h"

namespace miafr {

struct IResNetConfig {
  enum class Layout { kArcFace, kAdaFace };

  Layout layout = Layout::kArcFace;
  std::vector<int64_t> depths = {3, 4, 14, 3};        // residual units per stage: 50 layers
  std::vector<int64_t> widths = {64, 128, 256, 512};  // channels per stage; each halves the resolution
  int64_t embedding_size = 512;
  int64_t input = 112;  // height and width in pixels; each stage halves it

  // Sizes as the checkpoint's shapes have them; nothing where it holds no such network.
  static std::optional<IResNetConfig> from_checkpoint(const ShapeLookup& shape_of);
};

// The template of an input of that side: kArcFacePoints112, scaled with the picture's borders.
constexpr FacePoints iresnet_points(int64_t side) {
  FacePoints points = kArcFacePoints112;
  for (auto& point : points)
    for (double& coordinate : point) coordinate = (coordinate + 0.5) * (double(side) / 112) - 0.5;
  return points;
}

inline constexpr double kIResNetEps = 1e-5;

inline FixedConv2d iresnet_convolution(const Scope& scope, const Scope& norm, int64_t in, int64_t out, int64_t kernel,
                                       int64_t stride) {
  const at::Tensor weight = scope.get("weight", {out, in, kernel, kernel});
  return FixedConv2d::folded(weight, batch_norm(norm, out, kIResNetEps), {{stride, stride}, {kernel / 2, kernel / 2}});
}

// norm3(conv2(prelu(norm2(conv1(norm1 x))))) + shortcut x; conv2 and the shortcut have the stride.
class IResNetUnit {
 public:
  IResNetUnit(IResNetConfig::Layout layout, const Scope& scope, int64_t in, int64_t out, int64_t stride)
      : IResNetUnit(parts(layout, scope, in != out || (stride != 1 && layout == IResNetConfig::Layout::kArcFace)), in,
                    out, stride) {}

  at::Tensor forward(const at::Tensor& x) const {                                      // [N, in, h, w]
    at::Tensor h = conv2_.forward(prelu_.forward(conv1_.forward(norm1_.forward(x))));  // its own, so added to in place
    if (shortcut_) return h.add_(shortcut_->forward(x));                               // [N, out, h/stride, w/stride]
    return h.add_(stride_ == 1 ? x : x.slice(2, 0, std::nullopt, stride_).slice(3, 0, std::nullopt, stride_));
  }

 private:
  struct Parts {
    Scope norm1, conv1, norm2, prelu, conv2, norm3;
    std::optional<Scope> shortcut;  // .0 convolution, .1 normalisation
  };

  static Parts parts(IResNetConfig::Layout layout, const Scope& scope, bool shortcut) {
    const bool arcface = layout == IResNetConfig::Layout::kArcFace;
    std::optional<Scope> short_scope;
    if (shortcut) short_scope.emplace(scope[arcface ? "downsample" : "shortcut_layer"]);
    if (arcface)
      return {scope["bn1"], scope["conv1"], scope["bn2"], scope["prelu"], scope["conv2"], scope["bn3"], short_scope};
    const Scope res = scope["res_layer"];
    return {res[0], res[1], res[2], res[3], res[4], res[5], short_scope};
  }

  IResNetUnit(const Parts& parts, int64_t in, int64_t out, int64_t stride)
      : stride_(stride),
        norm1_(batch_norm(parts.norm1, in, kIResNetEps)),
        conv1_(iresnet_convolution(parts.conv1, parts.norm2, in, out, 3, 1)),
        prelu_(parts.prelu, out),
        conv2_(iresnet_convolution(parts.conv2, parts.norm3, out, out, 3, stride)) {
    if (parts.shortcut)
      shortcut_.emplace(iresnet_convolution((*parts.shortcut)[0], (*parts.shortcut)[1], in, out, 1, stride));
  }

  int64_t stride_;
  ChannelAffine norm1_;
  FixedConv2d conv1_;
  PReLU prelu_;
  FixedConv2d conv2_;
  std::optional<FixedConv2d> shortcut_;
};

class IResNet {
 public:
  IResNet(const IResNetConfig& config, const Scope& scope)
      : IResNet(config, scope,
                config.layout == IResNetConfig::Layout::kArcFace
                    ? Ends{scope["conv1"], scope["bn1"], scope["prelu"], scope["bn2"], scope["fc"], scope["features"]}
                    : Ends{scope["input_layer"][0], scope["input_layer"][1], scope["input_layer"][2],
                           scope["output_layer"][0], scope["output_layer"][3], scope["output_layer"][4]}) {}

  // [N,3,input,input] in [-1,1] (ArcFace: RGB, AdaFace: BGR) -> [N,embedding_size], not normalised. Its direction tells
  // identity; its length, in AdaFace, the quality of the image.
  at::Tensor forward(const at::Tensor& faces) const {
    at::Tensor x = stem_.forward(faces.contiguous(at::MemoryFormat::ChannelsLast));
    x = stem_prelu_.forward(x);                                     // [N, 64, 112, 112]
    for (const IResNetUnit& unit : units_) x = unit.forward(x);     // [N, 512, 7, 7]
    x = linear_.forward(norm_.forward(x).contiguous().flatten(1));  // [N, 512]
    return features_.forward(x);
  }

 private:
  struct Ends {
    Scope stem, stem_norm, stem_prelu, norm, linear, features;
  };

  IResNet(const IResNetConfig& config, const Scope& scope, const Ends& ends)
      : stem_(iresnet_convolution(ends.stem, ends.stem_norm, 3, config.widths.front(), 3, 1)),
        stem_prelu_(ends.stem_prelu, config.widths.front()),
        norm_(batch_norm(ends.norm, config.widths.back(), kIResNetEps)),
        linear_(ends.linear, config.widths.back() * area(config), config.embedding_size),
        features_(
            batch_norm(ends.features, config.embedding_size, kIResNetEps,
                       config.layout == IResNetConfig::Layout::kArcFace ? NormWeights::kAffine : NormWeights::kNone)) {
    int64_t in = config.widths.front(), index = 0;
    for (std::size_t stage = 0; stage < config.depths.size(); ++stage)
      for (int64_t i = 0; i < config.depths[stage]; ++i, ++index) {
        const Scope unit = config.layout == IResNetConfig::Layout::kArcFace
                               ? scope["layer" + std::to_string(stage + 1)][i]
                               : scope["body"][index];
        units_.emplace_back(config.layout, unit, in, config.widths[stage], i == 0 ? 2 : 1);
        in = config.widths[stage];
      }
  }

  // Pixels of the last map.
  static int64_t area(const IResNetConfig& config) {
    int64_t side = config.input;
    for (std::size_t stage = 0; stage < config.depths.size(); ++stage) side = (side + 1) / 2;
    return side * side;
  }

  FixedConv2d stem_;
  PReLU stem_prelu_;
  std::vector<IResNetUnit> units_;
  ChannelAffine norm_;
  Linear linear_;
  ChannelAffine features_;
};

inline std::optional<IResNetConfig> IResNetConfig::from_checkpoint(const ShapeLookup& shape_of) {
  IResNetConfig config;
  config.depths.clear();
  config.widths.clear();
  const auto width_of = [&](const std::string& name) {
    const auto shape = shape_of(name + ".weight");
    return shape && shape->size() == 4 ? shape->front() : 0;
  };
  config.layout = width_of("conv1") > 0 ? Layout::kArcFace : Layout::kAdaFace;
  if (config.layout == Layout::kArcFace) {
    for (int64_t stage = 1;; ++stage) {
      int64_t depth = 0, width = 0;
      while (const int64_t w = width_of("layer" + std::to_string(stage) + "." + std::to_string(depth) + ".conv1"))
        width = w, ++depth;
      if (depth == 0) break;
      config.depths.push_back(depth);
      config.widths.push_back(width);
    }
  } else {  // a stage ends where the width changes
    for (int64_t i = 0; const int64_t width = width_of("body." + std::to_string(i) + ".res_layer.1"); ++i) {
      if (config.widths.empty() || config.widths.back() != width) {
        config.depths.push_back(0);
        config.widths.push_back(width);
      }
      ++config.depths.back();
    }
  }
  const auto linear = shape_of(config.layout == Layout::kArcFace ? "fc.weight" : "output_layer.3.weight");
  if (config.depths.empty() || !linear || linear->size() != 2) return std::nullopt;
  config.embedding_size = linear->front();
  // The linear layer takes the last map, a square; published networks have 7x7 after four stages.
  const auto side = static_cast<int64_t>(std::sqrt(double(linear->back()) / double(config.widths.back())));
  config.input = side << config.depths.size();
  return config;
}

}  // namespace miafr
