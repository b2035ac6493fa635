// What a birthday changes.
#pragma once

#include <array>
#include <string>

namespace miafr::demo {

enum class AgeLabel { kChild, kTeenager, kYoungAdults, kMiddleAged, kElderly, kOld };

inline constexpr std::array<AgeLabel, 6> kAgeLabels = {AgeLabel::kChild,       AgeLabel::kTeenager,
                                                       AgeLabel::kYoungAdults, AgeLabel::kMiddleAged,
                                                       AgeLabel::kElderly,     AgeLabel::kOld};

// child, teenager, youngadults, middleaged, elderly, old: the words of the captions.
std::string age_name(AgeLabel age);

// Years inside the label's range; `jitter` in -1..1 runs from its youngest to its oldest.
float age_in_years(AgeLabel age, float jitter);

// Factors on the identity's own measures (1 at about 26), and strengths in 0..1 of what comes with age.
struct AgeTraits {
  float size;           // of the whole head
  float chin, crown;    // eyes to chin, eyes to crown
  float width, jaw;     // of the head
  float cheeks;         // fullness
  float eyes, opening;  // width and opening of the eyes
  float nose, mouth, lips, brows, ears;
  float neck, shoulders;
  float blush, saturation;  // of the skin
  float wrinkles, sag, grey, receding, spots, beard, pimples;
};

AgeTraits age_traits(float years);

}  // namespace miafr::demo
