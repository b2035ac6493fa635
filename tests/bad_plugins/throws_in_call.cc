// Fails when it is called: a LibTorch error with its backtrace, something that is no exception, or Cancelled.
#include <torch/types.h>

#include "tests/bad_plugins/minimal_loss.h"

namespace {
constexpr miafr::ParamSpec kParams[] = {
    miafr::choice_param("what", "torch", "what is thrown", "torch|number|cancelled")};

class Throws final : public miafr::IdentityLoss {
 public:
  Throws(const miafr::Params& params, miafr::HostContext&) : what_(params.text("what")) {}
  at::Tensor forward(const miafr::LossInputs& in) override {
    if (what_ == "number") throw 42;
    if (what_ == "cancelled") throw miafr::Cancelled();
    return in.noise_pred.mean() + at::ones({3}).matmul(at::ones({4}));
  }

 private:
  const std::string what_;
};
}  // namespace
MIAFR_LOSS_PLUGIN(Throws, "throws_in_call", "1.0", "for tests", kParams)
