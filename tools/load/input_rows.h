// The rows of the input file, read and resolved once, before the first call; a run cycles through them.
//
//   auto rows = InputRows::read("rows.jsonl");
//   auto schema = client.resolve(rows->declarations(client.fields()));
//   rows->fill(row, n);                        // row n, modulo their number
//
// request_id, user_id, trace_id and route_tags of a line are not sent, unless the schema has a field of that name: they would be the
// same every time round, and a batch of several users is no call.
//
// Thread safety: immutable once read. Cost of fill(): one set() a cell; no allocation but a builder's own growth.
#pragma once

#include <ringside/client.h>

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::load {

class InputRows {
 public:
  // Every line of a JSON Lines file; what is wrong with it otherwise: "rows.jsonl:7: expected ':' at byte 17".
  static Result<InputRows, std::string> read(const std::string& path);
  static Result<InputRows, std::string> parse(std::string_view text, const std::string& path);

  // Every name that a row has, in the order of appearance, with the dtype that the current version gives it (kAny where it knows none).
  // Names of metadata only where `fields` has them; call it before fill().
  [[nodiscard]] std::vector<FieldDecl> declarations(const std::vector<VersionInfo::Field>& fields);

  [[nodiscard]] std::size_t size() const noexcept { return begins_.size() - 1; }
  // REQUIRES: the builder is of the schema that declarations() was resolved to, and reset.
  void fill(Row& row, std::size_t number) const;
  void fill(Batch& batch, std::size_t first) const;

 private:
  struct Cell {
    std::uint16_t name = 0;
    bool is_metadata = false;
    Value value = nullptr;
  };
  [[nodiscard]] std::uint16_t number_of(std::string_view name);
  [[nodiscard]] std::span<const Cell> cells(std::size_t number) const noexcept;

  std::deque<std::string> names_, texts_;  // deques: views into them stay
  std::vector<FieldHandle> handles_;       // by name; invalid: not sent
  std::vector<bool> metadata_only_;        // by name: no line has it as a plain field
  std::vector<Cell> cells_;
  std::vector<std::size_t> begins_{0};  // row n is cells_[begins_[n] … begins_[n + 1])
};

}  // namespace ringside::load
