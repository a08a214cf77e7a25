// A start: what the engine before this one committed and nobody took goes to disk first, once; then the workers get their rings.
//
//   landing/worker-*.ring + landing/versions  ──▶  journal/<next number>.rsj      then new rings, whose sequences go on
//
// A kill at any point of it leaves the next start with the same to do: the old ring is replaced after its records are in a file, and a
// record that is in a file already (the last one of each writer is looked up) is not written again.
//
// Where the disk refuses, the engine starts all the same: workers go on in the rings that they find, behind what those hold, and the recorder
// takes all of it when the disk lets it. No recovered record tells of such a start.
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
  Disk* disk = &Disk::real();
};

struct Recovered {
  std::uint32_t epoch = 1;
  std::uint64_t number = 1;        // of the file
  JournalFile file;                // open; holds what was found, and one recovered record a worker. Not open: the disk refused (`refused`)
  std::string refused = {};
  std::vector<std::byte> first = {};  // then: what the first file must begin with, once there is one
  std::vector<LandingRing> rings;  // by worker
  ExpiredFiles expired = {};       // what the files before say of those that are gone
};

// Opens `book` for the new epoch. Error: what memory's file system refused, and where; the journal's folder cannot be read; or the disk refused
// while a ring holds broken records, which only a recovered record can tell of.
[[nodiscard]] Result<Recovered, std::string> recover(const RecoveryTerms& terms, VersionBook& book);

[[nodiscard]] journal::FileHeader file_header(const RecoveryTerms& terms, std::uint32_t epoch, std::uint64_t number);

}  // namespace ringside::engine
