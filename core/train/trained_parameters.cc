#include "core/train/trained_parameters.h"

#include <ATen/core/PhiloxRNGEngine.h>

#include <cmath>

#include "core/models/image_format.h"

namespace miafr {
namespace {

constexpr const char* kWeight = ".weight";
constexpr std::uint64_t kStream = std::uint64_t{4} << 32;  // of Philox; the other uses of a seed have others

// FNV-1a: a layer's first values follow from its name and the seed, whatever else is trained.
std::uint64_t hash_of(const std::string& name) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const unsigned char byte : name) hash = (hash ^ byte) * 0x100000001b3u;
  return hash;
}

// Uniform in [-bound, bound).
at::Tensor uniform(at::IntArrayRef shape, double bound, std::uint64_t key) {
  const at::Tensor out = at::empty(shape, at::kFloat);
  float* values = out.data_ptr<float>();
  at::Philox4_32 random(key, kStream);
  for (std::int64_t i = 0; i < out.numel(); ++i) values[i] = static_cast<float>((random() * 0x1p-32 * 2 - 1) * bound);
  return out;
}

bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

at::Tensor FullParameters::get(const std::string& name, at::IntArrayRef shape) {
  const at::Tensor own = in_image_format(source_.get(name, shape).to(at::kFloat)).clone();
  trained_.emplace_back(name, own.set_requires_grad(true));
  return own;
}

bool LoraTrainedParameters::is_chosen(const std::string& name) const {
  const bool attention = contains(name, ".attn1.to_") || contains(name, ".attn2.to_") || contains(name, ".self_attn.");
  const bool feed_forward = contains(name, ".ff.net.") || contains(name, ".mlp.fc");
  return attention || (feed_forward && !settings_.attention_only);
}

std::optional<LowRank> LoraTrainedParameters::low_rank(const std::string& name, at::IntArrayRef shape) {
  if (!is_chosen(name)) return std::nullopt;
  const std::string layer = name.substr(0, name.size() - std::string(kWeight).size());
  const at::Device device = source_.get(name, shape).device();
  const std::int64_t out = shape[0], in = shape[1];
  const auto own = [&](const char* part, const at::Tensor& first) {
    trained_.emplace_back(layer + part, first.to(device).set_requires_grad(true));
    return trained_.back().second;
  };
  const double bound = 1 / std::sqrt(static_cast<double>(in));
  const at::Tensor down = own(kDown, uniform({settings_.rank, in}, bound, hash_of(layer) ^ settings_.seed));
  const at::Tensor up = own(kUp, at::zeros({out, settings_.rank}));
  return LowRank{down, up, settings_.alpha / static_cast<double>(settings_.rank)};
}

}  // namespace miafr
