// What torch.save writes since PyTorch 1.6: a zip archive of a pickle and one member for each storage.
#pragma once

#include "core/io/bytes.h"
#include "core/io/checkpoint_entries.h"

namespace miafr {

// Fills `checkpoint`. Stored members are used where they lie; compressed ones are inflated at once, 64 MiB in all.
// Checksums are verified of archives up to 64 MiB, and of what is inflated. Throws Error.
void read_torch_zip(const Bytes& file, Checkpoint& checkpoint);

bool looks_like_zip(const Bytes& file);

}  // namespace miafr
