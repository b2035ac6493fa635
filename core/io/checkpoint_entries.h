// What is known of an opened checkpoint, whatever its format: its tensors by name, and how to read each.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/io/bytes.h"
#include "core/io/tensor_view.h"

namespace miafr {

class Checkpoint {
 public:
  struct Entry {
    TensorInfo info;
    std::function<TensorView()> read;  // maps or inflates on the first call
  };

  std::filesystem::path path;
  std::string format;  // "safetensors" | "PyTorch zip" | "PyTorch legacy" | "diffusers folder"
  std::map<std::string, Entry>
      entries;  // names as in the file; nested dictionaries joined by dots, without "state_dict."
  std::map<std::string, std::string>
      metadata;  // safetensors: __metadata__; PyTorch: the plain values beside the tensors
  std::vector<std::string>
      skipped;               // objects of unknown classes that were left out, "module.Class"; nothing was called
  std::vector<Bytes> files;  // as they are mapped

  bool has(const std::string& name) const { return entries.count(name) > 0; }

  // Throws Error "FILE: no tensor NAME", or what makes its bytes unreadable.
  TensorView read(const std::string& name) const;

  // Gives the memory of all that was read from mapped files back until it is read again.
  void release_pages() const;
};

}  // namespace miafr
