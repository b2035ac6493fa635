// How long this process has run, its loading by the system included.
#pragma once

#include <time.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace miafr {

// The time in seconds, to the system's tick of 10 ms; 0 where /proc does not tell.
inline double seconds_since_process_start() {
  std::string line;
  std::getline(std::ifstream("/proc/self/stat"), line);
  const auto after_name = line.rfind(')');
  if (after_name == std::string::npos) return 0;
  std::istringstream fields(line.substr(after_name + 1));
  std::string skipped;
  for (int field = 3; field < 22; ++field) fields >> skipped;
  double ticks = 0;
  if (!(fields >> ticks)) return 0;  // field 22, since the system started
  timespec now = {};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return now.tv_sec + now.tv_nsec * 1e-9 - ticks / ::sysconf(_SC_CLK_TCK);
}

}  // namespace miafr
