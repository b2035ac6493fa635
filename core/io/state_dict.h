// Finds the tensors, by name, in what a pickle holds.
#pragma once

#include <functional>

#include "core/io/bytes.h"
#include "core/io/checkpoint_entries.h"
#include "core/io/pickle.h"

namespace miafr {

// The bytes of a storage that a pickle refers to by its key; `size` is what it must have. Throws Error.
using StorageReader = std::function<Bytes(const std::string& key, std::size_t size)>;

// Fills entries, metadata and skipped from the pickle's root: nested dictionaries and lists are joined by dots, a
// dictionary "state_dict" at the top is the root of the names, plain values become metadata. Throws Error for a tensor
// that reaches outside its storage, for nesting without end, and where there is no tensor.
void fill_from_pickle(const pickle::Result& result, const std::shared_ptr<const pickle::Arena>& arena,
                      const StorageReader& read_storage, Checkpoint& checkpoint);

}  // namespace miafr
