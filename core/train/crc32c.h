// CRC-32C (Castagnoli), as in iSCSI (RFC 3720, 12.1) and TFRecord files.
#pragma once

#include <cstdint>
#include <string_view>

namespace miafr {

std::uint32_t crc32c(std::string_view bytes);

}  // namespace miafr
