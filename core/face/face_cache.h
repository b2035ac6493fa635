// What was computed of a picture before, by the hash of its bytes and of the plugins that computed it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/face/analysed_face.h"
#include "core/face/face_networks.h"

namespace miafr {

class FaceCache {
 public:
  // folder: "" remembers nothing. A cache that cannot be read or written is done without.
  FaceCache(const std::string& folder, const FaceNetworks& networks, const FaceSettings& settings);

  // All faces of the picture with those bytes; nothing where something of it was not computed yet. `file` is not set.
  std::optional<std::vector<AnalysedFace>> find(const std::string& sha256) const;

  void keep(const std::string& sha256, const std::vector<AnalysedFace>& faces) const;

 private:
  std::filesystem::path path_of(const std::string& sha256) const;

  const std::filesystem::path folder_;
  std::string key_;
};

}  // namespace miafr
