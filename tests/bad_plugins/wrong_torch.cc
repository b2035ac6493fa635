// Built against another LibTorch.
#include "tests/bad_plugins/minimal_loss.h"
EXPORT_DESCRIPTOR_AS(miafr_plugin_v2_torch_1_13) = minimal_descriptor("wrong_torch");
