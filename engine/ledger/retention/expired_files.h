// Which journal files retention took away, as ranges, and the records that say so (schemas/journal/expired.h).
//
// Thread safety: one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "schemas/journal/expired.h"
#include "schemas/journal/record_view.h"

namespace ringside::engine {

class ExpiredFiles {
 public:
  static std::optional<journal::ExpiredBody> body_of(const journal::Record& record);
  static void append_record(std::vector<std::byte>& to, const journal::ExpiredBody& body, std::uint32_t epoch);

  // What is next to each other, or overlaps, becomes one.
  void add(journal::ExpiredBody body);
  // The range that holds `number`. Null: none does.
  [[nodiscard]] const journal::ExpiredBody* find(std::uint64_t number) const;
  // A record a range.
  void append_to(std::vector<std::byte>& records, std::uint32_t epoch) const;
  [[nodiscard]] bool empty() const noexcept { return ranges_.empty(); }

 private:
  std::map<std::uint64_t, journal::ExpiredBody> ranges_;  // by `first`
};

}  // namespace ringside::engine
