// The contact sheet: who the identities are, at a glance.
#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

namespace miafr::demo {

// A row for each identity, a column for each age, under it `photos` pictures that differ in all that is no identity;
// with the labels of the ages above and the identities' seeds beside. The last of them wears eyeglasses in every second
// row. size: of one picture.
cv::Mat contact_sheet(const std::vector<std::uint64_t>& identities, int photos, int size);

}  // namespace miafr::demo
