// What torch.save wrote before PyTorch 1.6: pickles one after the other, then the storages.
#pragma once

#include "core/io/bytes.h"
#include "core/io/checkpoint_entries.h"

namespace miafr {

// Fills `checkpoint`; the tensors are used where they lie. Throws Error.
void read_torch_legacy(const Bytes& file, Checkpoint& checkpoint);

// Whether it begins with a pickle, of PyTorch or not.
bool looks_like_pickle(const Bytes& file);

}  // namespace miafr
