// Reads the project's own golden tensors. The program's checkpoint reader is another matter: this one trusts its file.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/support/files.h"

namespace miafr_tests {

inline std::map<std::string, at::Tensor> read_safetensors(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  const std::string bytes = text.str();
  std::uint64_t header_size = 0;
  std::memcpy(&header_size, bytes.data(), 8);
  const auto header = nlohmann::json::parse(bytes.substr(8, header_size));
  std::map<std::string, at::Tensor> tensors;
  for (const auto& [name, info] : header.items()) {
    if (name == "__metadata__") continue;
    const auto sizes = info["shape"].get<std::vector<int64_t>>();
    const auto dtype = info["dtype"] == "I64"   ? at::kLong
                       : info["dtype"] == "F64" ? at::kDouble
                       : info["dtype"] == "U8"  ? at::kByte
                                                : at::kFloat;
    const at::Tensor tensor = at::empty(sizes, dtype);
    std::memcpy(tensor.data_ptr(), bytes.data() + 8 + header_size + info["data_offsets"][0].get<std::size_t>(),
                tensor.nbytes());
    tensors[name] = tensor;
  }
  return tensors;
}

// The golden file of that name, from tests/goldens.
inline std::map<std::string, at::Tensor> read_golden(const std::string& name) {
  return read_safetensors(data_file("tests/goldens/" + name));
}

}  // namespace miafr_tests
