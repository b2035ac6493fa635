#include "demo/command/plan.h"

#include "demo/render/people.h"

namespace miafr::demo {
namespace {

constexpr std::uint64_t kPeopleOfSeed = 10'000, kFirstStranger = 1'000;

}  // namespace

const Show& whole_demo() {
  static const auto& show = *new Show{"demo", "experiment.yaml", 3};
  return show;
}

const Show& quick_demo() {
  static const auto& show = *new Show{"demo-quick", "quick.yaml", 1};
  return show;
}

const Show& study() {
  static const auto& show = *new Show{"demo-study", "study.yaml", 10};
  return show;
}

const std::vector<std::string>& subject_names() {
  static const auto& names =
      *new std::vector<std::string>{"alex", "charlie", "jules", "kim", "mika", "noa", "robin", "sam", "toni", "yuki"};
  return names;
}

std::uint64_t subject_identity(std::uint64_t seed, std::size_t subject) {
  return kDemoPeople + seed * kPeopleOfSeed + subject;
}

std::uint64_t stranger_identity(std::uint64_t seed, std::size_t stranger) {
  return kDemoPeople + seed * kPeopleOfSeed + kFirstStranger + stranger;
}

std::uint64_t regularisation_identity(std::uint64_t seed, std::size_t photo) {
  return kBasePeople + seed * kPeopleOfSeed + photo;
}

}  // namespace miafr::demo
