// Who is drawn for what. No person of one range is ever seen by what another range is for: the base model does not know
// the subjects, and what judges has not trained on whom it judges.
#pragma once

#include <cstdint>

namespace miafr::demo {

inline constexpr std::uint64_t kDemoPeople = 0;            // subjects, references, impostors: never trained on
inline constexpr std::uint64_t kBasePeople = 1'000'000;    // autoencoder and base model
inline constexpr std::uint64_t kLossPeople = 2'000'000;    // the matcher that losses train against
inline constexpr std::uint64_t kJudgePeople = 3'000'000;   // the matcher that judges
inline constexpr std::uint64_t kAgePeople = 4'000'000;     // the age estimator
inline constexpr std::uint64_t kDetectPeople = 5'000'000;  // the face detector
inline constexpr std::uint64_t kTestPeople = 6'000'000;    // what is measured before anything is shipped

}  // namespace miafr::demo
