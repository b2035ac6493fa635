// Its table's default lies outside its own range.
#include "tests/bad_plugins/minimal_loss.h"

namespace {
constexpr miafr::ParamSpec kParams[] = {miafr::real_param("scale", 20, "its default lies outside", 0, 10)};
}
MIAFR_LOSS_PLUGIN(MinimalLoss, "bad_default", "1.0", "for tests", kParams, miafr::kNeedsNoise)
