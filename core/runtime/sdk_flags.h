// Where the SDK of this installation and its LibTorch lie.
#pragma once

#include <filesystem>
#include <string>

namespace miafr {

// The folder of the LibTorch this program runs with: it holds include/ and lib/.
std::filesystem::path torch_folder();

// Flags for g++ that build a plugin, safe to expand unquoted.
struct SdkFlags {
  std::string compile, link;
};

// Throws Error when the SDK or LibTorch's headers are not there, or a path holds a space.
SdkFlags sdk_flags();

// The same as a file of pkg-config, miafr.pc.
std::string pkg_config_file();

}  // namespace miafr
