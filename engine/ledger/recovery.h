// A start: what the engine before this one committed and nobody took goes to disk first, once; then the workers get their rings.
//
//   landing/worker-*.ring + landing/versions  ──▶  journal/<next number>.rsj      then new rings, whose sequences go on
//
// A kill at any point of it leaves the next start with the same to do: the old ring is replaced after its records are in a file, and a
// record that is in a file already (the last one of each writer is looked up) is not written again.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <ringside/result.h>

#include "engine/journal/landing.h"
#include "engine/journal/version_book.h"
#include "engine/ledger/journal_file.h"

namespace ringside::engine {

struct RecoveryTerms {
  std::string task;
  std::string journal_folder, landing_folder;  // both are there
  std::uint16_t workers = 1;
  std::uint64_t landing_bytes = 64u << 20;  // a worker
  std::uint64_t engine_epoch = 0;
  std::function<void(const std::string&)> warn;
};

struct Recovered {
  std::uint32_t epoch = 1;
  std::uint64_t number = 1;        // of the file
  JournalFile file;                // open; holds what was found, and one recovered record a worker
  std::vector<LandingRing> rings;  // by worker
};

// Opens `book` for the new epoch. Error: what the system refused, and where.
[[nodiscard]] Result<Recovered, std::string> recover(const RecoveryTerms& terms, VersionBook& book);

[[nodiscard]] journal::FileHeader file_header(const RecoveryTerms& terms, std::uint32_t epoch, std::uint64_t number);

}  // namespace ringside::engine
