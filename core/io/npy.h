// NumPy's file of one array (numpy.lib.format, version 1.0).
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace miafr {

// float32 [rows,columns], row by row. The file appears whole or not at all. Throws Error.
void write_npy(const std::filesystem::path& path, const std::vector<float>& values, std::int64_t rows,
               std::int64_t columns);

}  // namespace miafr
