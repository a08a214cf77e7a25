// JSON Lines files for those who tail files (Fluent Bit, Vector): predictions-<16 digits>.jsonl, a new one from `file_bytes` on.
//
// A file only grows, and no line is in it twice, not even after kill -9: the cursor keeps how long the current file was, the same records
// give the same bytes, and so what stands behind that length is compared with the rows that come, instead of being written again. A
// half-written line is thereby completed. Cutting the file would be simpler, and would make every tail read it from its start.
//
// Thread safety: one thread. Cost: fdatasync a batch. Errors: sink.h; rows are never bad.
#pragma once

#include <cstdint>
#include <string>

#include "client_lib/base/unique_fd.h"
#include "tools/ship/sink.h"

namespace ringside::ship {

struct JsonlTerms {
  std::string folder;
  std::uint64_t file_bytes = 256u << 20;
  std::uint64_t keep_files = 0;  // besides the current one; 0: all
};

class JsonlSink final : public Sink {
 public:
  JsonlSink(JsonlTerms terms, const std::string& state);

  Result<Done, SendError> send(std::span<const Row> rows) override;
  [[nodiscard]] std::string state() const override;
  [[nodiscard]] std::string_view name() const noexcept override { return "jsonl"; }

 private:
  [[nodiscard]] std::string path(std::uint64_t number) const;
  Result<Done, std::string> open();
  Result<Done, std::string> append(std::string_view text);
  void remove_old() const;

  JsonlTerms terms_;
  std::uint64_t number_ = 1, length_ = 0;  // the current file, and how much of it the cursor knows
  base::UniqueFd file_;                    // none: what stands behind length_ is not known
  std::string ahead_;                      // what stands behind length_
  std::string text_;
};

}  // namespace ringside::ship
