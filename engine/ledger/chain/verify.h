// Whether a journal is what was written: every checksum, every link of the chain, and every checkpoint that somebody kept.
//
// What a chain alone cannot show is that its end was cut off, or that all of it was written anew: a checkpoint that is kept elsewhere can.
//
// Thread safety: pure but for the files. Cost: reads the whole journal once, some 0.8 ns a byte.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ringside/result.h>

#include "engine/ledger/chain/chain.h"
#include "engine/ledger/chain/checkpoint.h"

namespace ringside::engine {

struct ChainProblem {
  std::string kind;                  // altered, missing, reordered, unsigned
  std::string file;                  // its name
  std::uint64_t begin = 0, end = 0;  // bytes of the block; end 0: not known
  std::string text;
};

struct ChainReport {
  std::uint64_t files = 0, blocks = 0, records = 0, bytes = 0;
  std::uint64_t first_file = 0, last_file = 0;
  std::uint64_t checkpoints = 0;             // that agree
  std::string signed_until = {};             // "file, byte" of the newest of them
  std::uint64_t bytes_behind = 0;            // of records behind it, which no checkpoint covers
  std::vector<std::string> notes = {};       // what is no problem and should be known
  std::optional<ChainProblem> problem = {};  // the first in the order of the journal
};

// `checkpoints` of which any must agree; with `keys`, only those count that one of them signed, and there must be one.
[[nodiscard]] Result<ChainReport, std::string> verify_journal(const std::string& folder, std::span<const Checkpoint> checkpoints,
                                                              std::span<const CheckpointKey> keys);

}  // namespace ringside::engine
