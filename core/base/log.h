// Messages for the user, on stderr: "miafr: text", "miafr: warning: text", "miafr: error: text".
//
// spdlog does the work but stays out of this header: LibTorch's headers carry another version of the fmt library it
// uses.
#pragma once

#include <string>

namespace miafr {

// level: debug, info, warning, error, off. color: auto (on a terminal without $NO_COLOR), always, never.
void setup_log(const std::string& level, const std::string& color);

void log_debug(const std::string& line);
void log_info(const std::string& line);
void log_warning(const std::string& line);
void log_error(const std::string& line);

bool stderr_is_terminal();

}  // namespace miafr
