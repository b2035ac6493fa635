// JSON from a file that nobody vouches for.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace miafr {

// Throws Error for what is no JSON, is nested `max_depth` deep or more, has a key twice in one object, or has more
// values than fit the memory that a header may cost. The text begins with `what`, such as "its header".
nlohmann::json parse_guarded(std::string_view text, const std::string& what, int max_depth);

}  // namespace miafr
