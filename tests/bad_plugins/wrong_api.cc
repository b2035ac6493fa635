// Built against an SDK with another api version.
#include "tests/bad_plugins/minimal_loss.h"
EXPORT_DESCRIPTOR_AS(miafr_plugin_v99_torch_2_11) = minimal_descriptor("wrong_api");
