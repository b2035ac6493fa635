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

// Tensors of float32, float16 and integers of 64 bits, one after the other.
inline void write_test_safetensors(const fs::path& file, const std::map<std::string, at::Tensor>& tensors,
                                   const std::map<std::string, std::string>& metadata = {}) {
  nlohmann::json header = nlohmann::json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::size_t end = 0;
  for (const auto& [name, tensor] : tensors) {
    const auto type = tensor.scalar_type();
    header[name] = {{"dtype", type == at::kFloat  ? "F32"
                              : type == at::kHalf ? "F16"
                                                  : "I64"},
                    {"shape", tensor.sizes().vec()},
                    {"data_offsets", {end, end + tensor.nbytes()}}};
    end += tensor.nbytes();
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const std::uint64_t size = text.size();
  std::ofstream out(file, std::ios::binary);
  out.write(reinterpret_cast<const char*>(&size), 8) << text;
  for (const auto& [name, tensor] : tensors)
    out.write(static_cast<const char*>(tensor.contiguous().data_ptr()), tensor.nbytes());
}

// The golden file of that name, from tests/goldens.
inline std::map<std::string, at::Tensor> read_golden(const std::string& name) {
  return read_safetensors(data_file("tests/goldens/" + name));
}

}  // namespace miafr_tests
