// The safetensors format: 8 bytes of header length, a JSON header, and the tensors' bytes.
#pragma once

#include "core/io/bytes.h"
#include "core/io/checkpoint_entries.h"

namespace miafr {

// Fills entries and metadata of `checkpoint`, which carries the file's path for messages. Throws Error for whatever the
// format forbids: overlaps, holes, duplicate keys, lengths that do not follow from shape and dtype.
void read_safetensors(const Bytes& file, Checkpoint& checkpoint);

bool looks_like_safetensors(const Bytes& file);

}  // namespace miafr
