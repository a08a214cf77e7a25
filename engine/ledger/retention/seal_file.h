// A finished journal file → a sealed one (schemas/journal/sealed.h). The plain file goes only when the sealed one is on the disk and was
// read back, byte for byte.
//
// Thread safety: one caller a folder. Cost: reads the file three times and writes it once; memory for a few frames. A kill leaves the plain
// file, or both.
#pragma once

#include <atomic>
#include <string>

#include <ringside/result.h>

#include "engine/ledger/reading/journal_folder.h"

namespace ringside::engine {

// `stopping` set: gives up, false. Error: what the system refused; the plain file stays.
Result<bool, std::string> seal_file(const JournalFileFacts& file, const std::atomic<bool>& stopping);

// What a kill left half-made.
void remove_half_sealed(const std::string& folder);

}  // namespace ringside::engine
