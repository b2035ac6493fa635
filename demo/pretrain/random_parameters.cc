#include "demo/pretrain/random_parameters.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>
#include <utility>

#include "core/base/errors.h"
#include "core/base/text.h"

namespace miafr::demo {
namespace {

// A U-Net begins as one that hands its input on (Dhariwal & Nichol, arXiv 2105.05233).
bool closes_a_branch(const std::string& name) {
  return ends_with(name, ".out_layers.3.weight") || ends_with(name, ".proj_out.weight") ||
         ends_with(name, ".out.2.weight");
}

}  // namespace

RandomParameters::RandomParameters(std::uint64_t seed, std::map<std::string, at::Tensor> given)
    : generator_(at::detail::createCPUGenerator(seed)), given_(std::move(given)) {}

at::Tensor RandomParameters::get(const std::string& name, at::IntArrayRef shape) {
  const at::Tensor drawn = draw(name, shape);  // also where it is given, so that the others are what they were
  const auto found = given_.find(name);
  if (found == given_.end()) return drawn;
  if (!found->second.sizes().equals(shape))
    throw Error(name + " is " + c10::str(found->second.sizes()) + " in the state and must be " + c10::str(shape) +
                "; begin anew in another folder");
  return found->second.to(at::kFloat, /*non_blocking=*/false, /*copy=*/true);
}

at::Tensor RandomParameters::draw(const std::string& name, at::IntArrayRef shape) {
  if (shape.size() < 2) return ends_with(name, "weight") ? at::ones(shape) : at::zeros(shape);
  if (name.find("embedding") != std::string::npos) return at::empty(shape).normal_(0, 0.02, generator_);
  if (closes_a_branch(name)) return at::zeros(shape);
  const double limit = 1 / std::sqrt(double(c10::multiply_integers(shape.slice(1))));
  return at::empty(shape).uniform_(-limit, limit, generator_);
}

}  // namespace miafr::demo
