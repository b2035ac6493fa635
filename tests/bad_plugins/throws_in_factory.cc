// Its constructor throws, by parameter a std::exception or something else.
#include <stdexcept>

#include "tests/bad_plugins/minimal_loss.h"

namespace {
constexpr miafr::ParamSpec kParams[] = {miafr::flag_param("standard", true, "throw a std::exception")};

class Throws final : public miafr::IdentityLoss {
 public:
  Throws(const miafr::Params& params, miafr::HostContext&) {
    if (params.flag("standard")) throw std::runtime_error("the weights are damaged\nand a second line");
    throw 42;
  }
  at::Tensor forward(const miafr::LossInputs& in) override { return in.noise_pred.mean(); }
};
}  // namespace
MIAFR_LOSS_PLUGIN(Throws, "throws_in_factory", "1.0", "for tests", kParams)
