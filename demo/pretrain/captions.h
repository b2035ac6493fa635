// The words under a photo.
#pragma once

#include <cstdint>
#include <string>

#include "demo/pretrain/world.h"

namespace miafr::demo {

// Stands for the person's name: whoever trains puts a token there that belongs to that person.
inline constexpr const char* kName = "sks";

// One of the ways to say what is to be seen; `draw` chooses. "photo of a person as elderly", "photo of a sks person
// wearing eyeglasses", "A photo of a child" (as regularisation sets have it), now and then nothing at all, by which
// classifier-free guidance works (Ho & Salimans, arXiv 2207.12598).
// has_name: the person is one whose name is learned.
std::string caption_of(const PhotoPlan& photo, std::uint64_t draw, bool has_name);

}  // namespace miafr::demo
