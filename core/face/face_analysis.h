// Turns image files into faces, embeddings, ages and qualities. Every file ends as a face or as a failure with its
// reason; none is dropped.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "core/face/analysed_face.h"
#include "core/face/face_networks.h"

namespace miafr {

// Called at the start and after each batch of files. May throw Cancelled.
using FaceProgress = std::function<void(std::int64_t done, std::int64_t total)>;

// One entry for each file, in order; with FacePolicy::kAll one for each face, the surest first. Throws PluginError for
// a plugin that fails: that is no property of a picture.
std::vector<AnalysedFace> analyse_faces(const std::vector<std::filesystem::path>& files, const FaceNetworks& networks,
                                        const FaceSettings& settings, const FaceProgress& progress);

}  // namespace miafr
