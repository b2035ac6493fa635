// Random numbers that are the same on every platform: SplitMix64 (Steele et al., 2014), scaled by hand, since the
// standard leaves its distributions to each library.
#pragma once

#include <cstddef>
#include <cstdint>

namespace miafr::demo {

class Random {
 public:
  // Streams of one seed are independent of each other: a trait drawn from a stream of its own stays as it is when
  // another trait needs one number more.
  explicit Random(std::uint64_t seed, std::uint64_t stream = 0) : state_(mixed(seed + kStep) ^ mixed(stream * kStep)) {}

  std::uint64_t next() { return mixed(state_ += kStep); }
  float uniform() { return static_cast<float>(next() >> 40) * 0x1p-24F; }  // [0, 1)
  float uniform(float low, float high) { return low + (high - low) * uniform(); }
  float around_zero() { return uniform() + uniform() + uniform() - 1.5F; }  // bell-shaped in (-1.5, 1.5), deviation 0.5
  bool chance(float probability) { return uniform() < probability; }
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(next() % count); }

  template <typename List>
  const auto& pick(const List& list) {
    return list[below(list.size())];
  }

 private:
  static constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15;
  static std::uint64_t mixed(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }

  std::uint64_t state_;
};

}  // namespace miafr::demo
