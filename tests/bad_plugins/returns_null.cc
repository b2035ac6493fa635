// Its factory returns nothing and gives no reason.
#include "tests/bad_plugins/minimal_loss.h"

namespace {
void* nothing(const miafr::Params&, miafr::HostContext&, char*, std::size_t) noexcept { return nullptr; }
constexpr miafr::PluginDescriptor returning_null() {
  miafr::PluginDescriptor plugin = minimal_descriptor("returns_null");
  plugin.create = nothing;
  return plugin;
}
}  // namespace
EXPORT_DESCRIPTOR_AS(MIAFR_ENTRY) = returning_null();
