// What a model is trained on: the photos of one person, and the regularisation set that keeps it from forgetting
// others.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/config/run_config.h"
#include "core/data/data_folders.h"

namespace miafr {

struct TrainingImage {
  std::filesystem::path file;
  std::string caption;         // UTF-8, one line, not empty
  std::int64_t width, height;  // of the tensor it becomes: its bucket
};

// Sorted by the bytes of the path, so that a set is the same on every machine.
struct TrainingSets {
  std::vector<TrainingImage> train;
  std::vector<TrainingImage> reg;  // empty where there is no regularisation folder
};

// The images below both folders (find_images says which) with their captions (captions.h says how they are found) and
// buckets (buckets.h). Every image is decoded once, by DataConfig::num_workers threads, so that no run stops half-way
// at a damaged file. Throws Error that names the files that cannot be used, the first few of them, and how many there
// are: unreadable or damaged images, captions that are missing or wrong; and for a folder that is missing or empty, or
// lies in the other one. Throws Cancelled after Ctrl-C.
TrainingSets read_training_sets(const DataFolders& folders, const DataConfig& config);

// [3,height,width] float32 RGB in [-1,1]: pixel / 127.5 - 1 of the photo, upright, brought to width x height by
// Pillow's bicubic resize. With DataConfig::center_crop the largest middle part of the bucket's proportions is cut out
// first, else the photo is squeezed. Flipped: mirrored, left for right. Throws ImageError.
at::Tensor load_training_image(const TrainingImage& image, const DataConfig& config, bool flipped);

}  // namespace miafr
