// What a process that was killed has left half-made, for the next one to remove.
#pragma once

#include <filesystem>
#include <string>

namespace miafr {

// Says that a file or folder, which is there, is in use, until this object or its process ends.
class InUse {
 public:
  InUse() = default;
  explicit InUse(const std::filesystem::path& path);
  ~InUse();
  InUse(InUse&& other) noexcept;
  InUse& operator=(InUse&& other) noexcept;

 private:
  int descriptor_ = -1;
};

// Removes the entries of `folder` whose names are `start` and six more characters, as mkdtemp makes them: those of this
// user that nobody has in use, and that nobody has changed for ten minutes. What cannot be removed stays.
void remove_abandoned(const std::filesystem::path& folder, const std::string& start);

}  // namespace miafr
