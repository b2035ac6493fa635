// Where the pictures of a training lie, and the words for who is on them.
#pragma once

#include <filesystem>
#include <string>

namespace miafr {

struct DataFolders {
  std::filesystem::path train, reg;  // reg may be empty: no regularisation set
  std::string token = "sks", class_word = "person";
};

}  // namespace miafr
