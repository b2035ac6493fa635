#include "demo/pretrain/face_net.h"

namespace miafr::demo {
namespace {

bool is_arcface(const IResNetConfig& config) { return config.layout == IResNetConfig::Layout::kArcFace; }

std::int64_t last_area(const IResNetConfig& config) {
  std::int64_t side = config.input;
  for (std::size_t stage = 0; stage < config.depths.size(); ++stage) side = (side + 1) / 2;
  return side * side;
}

}  // namespace

TrainingIResNet::Layer TrainingIResNet::batch_norm(const std::string& name, std::int64_t channels, bool affine) {
  at::Tensor weight, bias;
  if (affine) {
    weight = run_.trained().get(name + ".weight", {channels});
    bias = run_.trained().get(name + ".bias", {channels});
  }
  const at::Tensor mean = run_.buffer(name + ".running_mean", at::zeros({channels}));
  const at::Tensor variance = run_.buffer(name + ".running_var", at::ones({channels}));
  return [=](const at::Tensor& x, bool training) {
    constexpr double kMomentum = 0.05;
    return at::batch_norm(x, weight, bias, mean, variance, training, kMomentum, kIResNetEps, false);
  };
}

TrainingIResNet::Layer TrainingIResNet::convolution(const std::string& name, std::int64_t in, std::int64_t out,
                                                    std::int64_t kernel, std::int64_t stride) {
  const at::Tensor weight = run_.trained().get(name + ".weight", {out, in, kernel, kernel});
  return [=](const at::Tensor& x, bool) { return at::conv2d(x, weight, {}, stride, kernel / 2); };
}

TrainingIResNet::Layer TrainingIResNet::prelu(const std::string& name, std::int64_t channels) {
  const at::Tensor weight = run_.trained().get(name + ".weight", {channels});
  {
    const at::NoGradGuard start;
    if (run_.is_new()) weight.fill_(0.25);
  }
  return [=](const at::Tensor& x, bool) { return at::prelu(x, weight); };
}

TrainingIResNet::Unit TrainingIResNet::unit(const IResNetConfig& config, const std::string& place, std::int64_t in,
                                            std::int64_t out, std::int64_t stride) {
  const bool arcface = is_arcface(config);
  const auto name = [&](const char* in_arcface, int in_adaface) {
    return place + (arcface ? std::string(".") + in_arcface : ".res_layer." + std::to_string(in_adaface));
  };
  Unit unit;
  unit.stride = stride;
  unit.main = {batch_norm(name("bn1", 0), in),
               convolution(name("conv1", 1), in, out, 3, 1),
               batch_norm(name("bn2", 2), out),
               prelu(name("prelu", 3), out),
               convolution(name("conv2", 4), out, out, 3, stride),
               batch_norm(name("bn3", 5), out)};
  if (in == out && (stride == 1 || !arcface)) return unit;
  const std::string shortcut = place + (arcface ? ".downsample" : ".shortcut_layer");
  const Layer conv = convolution(shortcut + ".0", in, out, 1, stride), norm = batch_norm(shortcut + ".1", out);
  unit.shortcut = [=](const at::Tensor& x, bool training) { return norm(conv(x, training), training); };
  return unit;
}

TrainingIResNet::TrainingIResNet(const IResNetConfig& config, TrainingRun& run) : run_(run) {
  const bool arcface = is_arcface(config);
  const auto name = [&](const char* in_arcface, const char* in_adaface) {
    return std::string(arcface ? in_arcface : in_adaface);
  };
  std::int64_t in = config.widths.front(), index = 0;
  stem_ = {convolution(name("conv1", "input_layer.0"), 3, in, 3, 1), batch_norm(name("bn1", "input_layer.1"), in),
           prelu(name("prelu", "input_layer.2"), in)};
  for (std::size_t stage = 0; stage < config.depths.size(); ++stage)
    for (std::int64_t i = 0; i < config.depths[stage]; ++i, ++index) {
      const std::string place =
          arcface ? "layer" + std::to_string(stage + 1) + "." + std::to_string(i) : "body." + std::to_string(index);
      units_.push_back(unit(config, place, in, config.widths[stage], i == 0 ? 2 : 1));
      in = config.widths[stage];
    }
  const std::string linear = name("fc", "output_layer.3");
  const std::int64_t flat = in * last_area(config);
  const at::Tensor weight = run_.trained().get(linear + ".weight", {config.embedding_size, flat});
  const at::Tensor bias = run_.trained().get(linear + ".bias", {config.embedding_size});
  head_ = {batch_norm(name("bn2", "output_layer.0"), in),
           [=](const at::Tensor& x, bool) { return at::linear(x.flatten(1), weight, bias); },
           batch_norm(name("features", "output_layer.4"), config.embedding_size, arcface)};
}

at::Tensor TrainingIResNet::forward(const at::Tensor& faces, bool training) const {
  const auto through = [training](const std::vector<Layer>& layers, at::Tensor x) {
    for (const Layer& layer : layers) x = layer(x, training);
    return x;
  };
  at::Tensor x = through(stem_, faces);
  for (const Unit& unit : units_) {
    const at::Tensor main = through(unit.main, x);
    if (unit.shortcut)
      x = main + unit.shortcut(x, training);
    else
      x = main +
          (unit.stride == 1 ? x : x.slice(2, 0, std::nullopt, unit.stride).slice(3, 0, std::nullopt, unit.stride));
  }
  return through(head_, x);
}

}  // namespace miafr::demo
