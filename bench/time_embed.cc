// time_embed FILE: FILE holds an IResNet in ArcFace's layout and faces, `faces` [N,3,112,112] in [-1,1]. Writes the
// embeddings of the first two as float32 to FILE.embeddings; then reads "BATCH ROUNDS" a line from standard input and
// answers each with the seconds that a face took.
#include <chrono>
#include <fstream>
#include <iostream>

#include "core/face/iresnet.h"
#include "core/models/tensor_file.h"
#include "core/nn/tensor_parameters.h"

int main(int, char** argv) {
  const at::InferenceMode no_gradients;
  const std::string file = argv[1];
  std::map<std::string, at::Tensor> tensors = miafr::read_tensor_file(file);
  const at::Tensor faces = tensors.at("faces").clone();
  tensors.erase("faces");
  miafr::TensorParameters parameters(std::move(tensors), file);
  const auto config = miafr::IResNetConfig::from_checkpoint(parameters.shape_lookup());
  const miafr::IResNet net(config.value(), miafr::Scope(parameters, ""));
  const at::Tensor two = net.forward(faces.slice(0, 0, 2)).contiguous();
  std::ofstream(file + ".embeddings", std::ios::binary).write(static_cast<const char*>(two.data_ptr()), two.nbytes());
  std::cout << "ready" << std::endl;
  std::int64_t batch = 0, rounds = 0;
  while (std::cin >> batch >> rounds) {
    const at::Tensor input = faces.slice(0, 0, batch).contiguous();
    const auto start = std::chrono::steady_clock::now();
    for (std::int64_t i = 0; i < rounds; ++i) net.forward(input);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    std::cout << took.count() / static_cast<double>(rounds * batch) << std::endl;
  }
}
