// What a demo shows: who, how much of it, and where it lies.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "demo/render/age.h"

namespace miafr::demo {

inline constexpr int kPhotoSize = 64;                          // pixels, as the base model paints
inline constexpr AgeLabel kPhotoAge = AgeLabel::kYoungAdults;  // of the photos that a model learns somebody from
inline constexpr int kTrainingPhotos = 12, kReferences = 6;    // of each subject, at that age
inline constexpr int kTruths = 4;                              // of each subject, at each age
inline constexpr int kStrangers = 200, kStrangerPhotos = 2;    // for thresholds, at that age
inline constexpr int kRegularisationPhotos = 16;               // of each age, each of another person

// The demos that there are differ in their experiment's file only, and in how many subjects it has.
struct Show {
  std::string name;  // of the default folder
  std::string file;  // of the experiment, in configs/demo
  std::size_t subjects;
};
const Show& whole_demo();
const Show& quick_demo();
const Show& study();

// Subjects' names, as there are at most in a demo.
const std::vector<std::string>& subject_names();

// Whom a seed stands for.
std::uint64_t subject_identity(std::uint64_t seed, std::size_t subject);
std::uint64_t stranger_identity(std::uint64_t seed, std::size_t stranger);
std::uint64_t regularisation_identity(std::uint64_t seed, std::size_t photo);
inline constexpr std::uint64_t kSeeds = 100;  // 0..99

// OUT and what is in it, beside what `miafr experiment` puts there.
struct DemoFolder {
  std::filesystem::path out;

  std::filesystem::path experiment() const { return out / "experiment.yaml"; }
  std::filesystem::path faces() const { return out / "faces"; }
  std::filesystem::path truth() const { return faces() / "truth"; }    // PERSON/AGE: how they really look
  std::filesystem::path before() const { return faces() / "before"; }  // PERSON/AGE: the base model's pictures
  std::filesystem::path base() const { return out / "base"; }          // SETTINGS: as `miafr generate` wrote them
  std::filesystem::path base_config() const { return out / "base.yaml"; }
  std::filesystem::path page() const { return out / "demo.html"; }
};

}  // namespace miafr::demo
