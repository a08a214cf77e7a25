// A signed statement of how far a journal's chain had come. A line of text, so that it can be kept anywhere else: in a log of another host, on
// paper.
//
//   ringside-checkpoint 1 <task> <file number> <end> <link: 64 hex digits> <time, ns> ed25519 <key: 16 hex digits> <signature: 128>
//
// Keys are those of bundle signatures: openssl genpkey -algorithm ed25519. What is signed is the line up to the time.
//
// Thread safety: pure but for the files.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ringside/result.h>

#include "engine/ledger/chain/chain.h"

namespace ringside::engine {

struct Checkpoint {
  std::string task;
  std::uint64_t number = 0, end = 0;  // the block that ended there
  ChainHash link{};
  std::uint64_t wall_ns = 0;
  std::string key_id, signature;  // 16 and 128 hex digits; empty: not signed
};

struct CheckpointKey {
  std::string id;     // 16 hex digits: the first 8 bytes of SHA-256 over the key
  std::string bytes;  // 32, public
};

// Error: the key is no Ed25519 private key in PEM, or a task that no line can hold.
[[nodiscard]] Result<std::string, std::string> checkpoint_line(const Checkpoint& checkpoint, std::string_view private_key_pem);
[[nodiscard]] std::optional<Checkpoint> parse_checkpoint(std::string_view line);
[[nodiscard]] bool is_signed_by(const Checkpoint& checkpoint, const CheckpointKey& key);

// Lines of a file; others than checkpoints are an error. No file: none.
[[nodiscard]] Result<std::vector<Checkpoint>, std::string> read_checkpoints(const std::string& path);
// A PEM file with one or several public keys, or a directory of such files (*.pem).
[[nodiscard]] Result<std::vector<CheckpointKey>, std::string> read_checkpoint_keys(const std::string& path);

}  // namespace ringside::engine
