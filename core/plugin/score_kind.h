// What a matcher's score means, and with it which pairs are accepted.
#pragma once

namespace miafr {

// A comparison is accepted (a match) at score >= threshold for similarities and at score <= threshold for distances.
enum class ScoreKind { kSimilarity, kDistance };

}  // namespace miafr
