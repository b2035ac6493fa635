// The editors of tests/editors for a program that is run, and photos for them.
#pragma once

#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace miafr_tests {

// A plugin folder that the host trusts.
inline const fs::path& editor_folder() {
  static const fs::path& folder = *[] {
    auto* const path = new fs::path(temporary_folder());
    for (const char* name : {"libcolour_shift.so", "libnose_crop.so"})
      copy_writable(data_file(std::string("tests/editors/") + name), *path / name);
    return path;
  }();
  return folder;
}

inline std::vector<std::string> with_editors(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"--plugin-dir", editor_folder().string()});
  return arguments;
}

// A picture of one colour, by its share of red, green and blue in 0..255; parts of the path are made.
inline void write_colour(const fs::path& file, int red, int green, int blue, int height = 24, int width = 32) {
  fs::create_directories(file.parent_path());
  cv::imwrite(file.string(), cv::Mat(height, width, CV_8UC3, cv::Scalar(blue, green, red)));
}

}  // namespace miafr_tests
