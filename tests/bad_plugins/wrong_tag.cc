// The right entry, but a descriptor that tells of other headers, another patch release of LibTorch and another
// compiler.
#include "tests/bad_plugins/minimal_loss.h"

namespace {
constexpr miafr::PluginDescriptor other_build() {
  miafr::PluginDescriptor plugin = minimal_descriptor("wrong_tag");
  plugin.sdk_hash = 0x1234;
  plugin.torch_version = "2.11.9";
  plugin.compiler = "clang 17.0.1";
  plugin.cxx_standard = 202002;
  plugin.stdlib_abi = 0;
  return plugin;
}
}  // namespace
EXPORT_DESCRIPTOR_AS(MIAFR_ENTRY) = other_build();
