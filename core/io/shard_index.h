// The index of weights that are cut into several files, as diffusers and Transformers write it beside them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/io/bytes.h"

namespace miafr {

// The tensors that each shard must have, by the shard's file name; never a path, as an index must not make us read
// elsewhere.
using Shards = std::map<std::string, std::vector<std::string>>;

// Throws Error, which does not name the file.
Shards read_shard_index(const Bytes& file);

}  // namespace miafr
