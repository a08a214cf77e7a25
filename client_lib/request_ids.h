// The request ids of a call, one a row: as the caller gave them, or as text of the UUIDs that were made.
//
// Thread safety: none; one owner. Cost: clear() keeps memory, so a reused one does not allocate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace ringside {

class RequestIds {
 public:
  void clear() noexcept {
    spans_.clear();
    text_.clear();
  }
  [[nodiscard]] bool empty() const noexcept { return spans_.empty(); }

  // Rows in any order; the last one given counts.
  void set(std::size_t row, std::string_view id) {
    if (spans_.size() <= row) spans_.resize(row + 1);
    spans_[row] = {static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(id.size())};
    text_.insert(text_.end(), id.begin(), id.end());
  }
  // 16 bytes as 8-4-4-4-12 hexadecimal digits.
  void set_uuid(std::size_t row, const std::byte* uuid);

  // Empty: none.
  [[nodiscard]] std::string_view get(std::size_t row) const noexcept {
    if (row >= spans_.size()) return {};
    return {text_.data() + spans_[row].offset, spans_[row].bytes};
  }

 private:
  struct Span {
    std::uint32_t offset = 0;
    std::uint32_t bytes = 0;
  };
  std::vector<Span> spans_;
  std::vector<char> text_;
};

// A time-ordered UUID (version 7, RFC 9562) from the clock and the system's generator of random numbers.
// The engine makes the ids of a call that brings none. The client makes them only where others of the call brought an id of their
// own, and for rows that the engine did not answer one by one.
void make_uuid7(std::byte* uuid);

}  // namespace ringside
