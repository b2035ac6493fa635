// Ctrl-C and SIGTERM: a run stops at the next step and keeps what it has; a second signal ends the process at once.
#pragma once

namespace miafr {

inline constexpr int kInterruptedExitCode = 130;

void install_interrupt_handler();

bool interrupted();

// Throws Cancelled after a signal. Loops call this once a step.
void throw_if_interrupted();

}  // namespace miafr
