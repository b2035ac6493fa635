// Files that people have in the place of weights: told by their first bytes, so that a message says what they are.
#pragma once

#include <optional>
#include <string>

#include "core/io/bytes.h"

namespace miafr {

// "a Git LFS pointer, not the file itself (4.3 GB); fetch it with git lfs pull"; nothing for bytes of no known kind.
std::optional<std::string> known_file(const Bytes& file);

}  // namespace miafr
