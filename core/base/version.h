#pragma once

namespace miafr {
inline constexpr const char* kVersion = "0.1.0";
}
