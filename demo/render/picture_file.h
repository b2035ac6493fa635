// Drawn pictures as files.
#pragma once

#include <filesystem>
#include <opencv2/core/mat.hpp>

namespace miafr::demo {

// Writes a picture of type CV_8UC3, BGR as OpenCV has it, as PNG. Throws Error.
void write_picture(const std::filesystem::path& file, const cv::Mat& picture);

}  // namespace miafr::demo
