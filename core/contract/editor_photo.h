// What the checks of editors have in common.
#pragma once

#include <memory>

#include "core/contract/contract.h"
#include "core/plugin/editor.h"

namespace miafr {

// A smooth picture with everything that the editor asks for. number: another one for each.
EditPhoto photo_for(const EditorInfo& info, std::uint32_t needs, HostContext& host, int number);

// Of an editor with kCanBeFitted: its declaration, its losses, and that it goes on from its state.
void check_fitting(std::shared_ptr<const PluginLibrary> library, const Params& params, HostContext& host,
                   Checks& checks);

}  // namespace miafr
