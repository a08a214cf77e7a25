// The chain of a journal file while it is written, and as it was left (schemas/journal/chain.h).
//
//   ChainLinks chain(number, header.previous);
//   chain.add(bytes written);            if (chain.block_bytes() >= kBlockBytes) write(chain.close(epoch, wall_ns)), chain.add(that)
//   next_header.previous = chain.tip();
//
// Thread safety: one owner. Cost: SHA-256 of every byte, 1.5 to 2 bytes a nanosecond where the processor has instructions for it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <ringside/result.h>

#include "schemas/journal/chain.h"

struct evp_md_ctx_st;

namespace ringside::engine {

using ChainHash = std::array<std::uint8_t, 32>;

class ChainLinks {
 public:
  // From the file's first byte on.
  ChainLinks(std::uint64_t number, const std::uint8_t (&previous)[32]);

  ChainLinks(const ChainLinks& other);
  ChainLinks(ChainLinks&&) = default;
  ChainLinks& operator=(ChainLinks&&) = default;
  ~ChainLinks() = default;

  void add(std::span<const std::byte> bytes);
  [[nodiscard]] std::uint64_t block_bytes() const noexcept { return end_ - begin_; }
  [[nodiscard]] std::uint64_t begin() const noexcept { return begin_; }
  [[nodiscard]] std::uint64_t end() const noexcept { return end_; }
  [[nodiscard]] std::uint64_t index() const noexcept { return index_; }
  // The link that a block which ended here would have.
  [[nodiscard]] ChainHash tip() const;
  // Ends the block; what it returns is the block's record, to be written and added.
  [[nodiscard]] std::vector<std::byte> close(std::uint32_t epoch, std::uint64_t wall_ns);
  // The same without a record, for who reads one.
  ChainHash close();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* digest) const noexcept;
  };
  void restart(std::span<const std::uint8_t, 32> link);

  std::unique_ptr<evp_md_ctx_st, Free> digest_;
  std::uint64_t number_, begin_ = 0, end_ = 0, index_ = 0;
};

// What `previous` of file `number` has to be: the tip of the newest file before it in `folder`; zeros where there is none. Reads that file.
[[nodiscard]] Result<ChainHash, std::string> chain_before(const std::string& folder, std::uint64_t number);

}  // namespace ringside::engine
