// time_detect FOLDER_OF_WEIGHTS IMAGE WIDTH HEIGHT BATCH: reads a number of rounds a line from standard input and
// answers each with the seconds an image took and the faces found.
#include <chrono>
#include <filesystem>
#include <iostream>

#include "core/face/mtcnn.h"
#include "core/image/photo.h"
#include "core/models/tensor_file.h"
#include "core/nn/tensor_parameters.h"

int main(int, char** argv) {
  const std::filesystem::path folder = argv[1];
  const auto weights = [&](const char* name) {
    return miafr::TensorParameters(miafr::read_tensor_file(folder / name), name);
  };
  miafr::TensorParameters pnet = weights("pnet.pt"), rnet = weights("rnet.pt"), onet = weights("onet.pt");
  const miafr::Mtcnn mtcnn(pnet, rnet, onet);
  const at::Tensor photo = miafr::read_photo(argv[2], std::stoi(argv[4]), std::stoi(argv[3])).permute({2, 0, 1});
  const at::Tensor images = photo.unsqueeze(0).repeat({std::stoi(argv[5]), 1, 1, 1});
  for (int rounds = 0; std::cin >> rounds;) {
    const auto start = std::chrono::steady_clock::now();
    std::size_t faces = 0;
    for (int i = 0; i < rounds; ++i) faces = mtcnn.detect(images).front().size();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    std::cout << took.count() / (rounds * images.size(0)) << " " << faces << std::endl;
  }
}
