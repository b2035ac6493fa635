// Its descriptor names no factory.
#include "tests/bad_plugins/minimal_loss.h"

namespace {
constexpr miafr::PluginDescriptor without_factory() {
  miafr::PluginDescriptor plugin = minimal_descriptor("null_factory");
  plugin.create = nullptr;
  return plugin;
}
}  // namespace
EXPORT_DESCRIPTOR_AS(MIAFR_ENTRY) = without_factory();
