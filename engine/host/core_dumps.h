// Whether a crash writes the engine's memory to a file. It holds rows as they came, whatever their fields' privacy, and keys.
#pragma once

namespace ringside::engine {

// From here on no core is written, by the kernel or by a program that it pipes to (PR_SET_DUMPABLE, RLIMIT_CORE), and processes of the same user
// without privileges cannot trace this one or read its memory.
void forbid_core_dumps() noexcept;

}  // namespace ringside::engine
