// Each distinct text once, as a small number: ten million pairs name a few thousand pictures.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

namespace miafr {

// Number 0 is the empty text. Moves, but does not copy: the index points into the texts.
class NamePool {
 public:
  NamePool() { id(""); }
  NamePool(NamePool&&) = default;
  NamePool& operator=(NamePool&&) = default;

  // The text's number, a new one where it is new. Throws Error beyond 2^32 - 1 texts.
  std::uint32_t id(std::string_view text);

  const std::string& operator[](std::uint32_t id) const { return names_[id]; }
  std::size_t size() const { return names_.size(); }

 private:
  std::deque<std::string> names_;  // a deque does not move what it holds
  std::unordered_map<std::string_view, std::uint32_t> index_;
};

}  // namespace miafr
