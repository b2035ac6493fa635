// Calls itself otherwise than its file.
#include "tests/bad_plugins/minimal_loss.h"
MIAFR_LOSS_PLUGIN(MinimalLoss, "another_name", "1.0", "for tests", miafr::kNoParams)
