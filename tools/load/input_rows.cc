#include "tools/load/input_rows.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "tools/json_rows/row_reader.h"

namespace ringside::load {

Result<InputRows, std::string> InputRows::read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file) return fail(path + ": " + std::strerror(errno));
  return parse(text.view(), path);
}

Result<InputRows, std::string> InputRows::parse(std::string_view text, const std::string& path) {
  InputRows rows;
  RowReader reader;
  text = without_byte_order_mark(text);
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view one = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (one.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    if (!reader.read(one)) return fail(path + ":" + std::to_string(line) + ": " + reader.problem());
    for (const JsonCell& cell : reader.cells()) {
      if (rows.names_.size() >= FieldHandle::kNone) return fail(path + ":" + std::to_string(line) + ": too many different names");
      Value value = cell.value;
      if (value.kind() == Value::Kind::kText) value = Value(rows.texts_.emplace_back(value.text()));
      const std::uint16_t name = rows.number_of(cell.name);
      if (!cell.is_metadata) rows.metadata_only_[name] = false;
      rows.cells_.push_back({name, cell.is_metadata, value});
    }
    rows.begins_.push_back(rows.cells_.size());
  }
  if (rows.size() == 0) return fail(path + ": has no rows");
  return rows;
}

std::uint16_t InputRows::number_of(std::string_view name) {
  const auto found = std::find(names_.begin(), names_.end(), name);
  const auto number = static_cast<std::uint16_t>(found - names_.begin());
  if (found == names_.end()) {
    names_.emplace_back(name);
    metadata_only_.push_back(true);
  }
  return number;
}

std::vector<FieldDecl> InputRows::declarations(const std::vector<VersionInfo::Field>& fields) {
  std::vector<FieldDecl> declared;
  handles_.clear();
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const auto known =
        std::find_if(fields.begin(), fields.end(), [&](const VersionInfo::Field& field) { return field.name == names_[i]; });
    if (known == fields.end() && metadata_only_[i]) {
      handles_.emplace_back();
      continue;
    }
    handles_.push_back({static_cast<std::uint16_t>(declared.size())});
    declared.push_back({names_[i], known == fields.end() ? Dtype::kAny : known->dtype});
  }
  return declared;
}

std::span<const InputRows::Cell> InputRows::cells(std::size_t number) const noexcept {
  const std::size_t row = number % size();
  return std::span(cells_).subspan(begins_[row], begins_[row + 1] - begins_[row]);
}

void InputRows::fill(Row& row, std::size_t number) const {
  for (const Cell& cell : cells(number)) {
    if (handles_[cell.name].valid()) row.set(handles_[cell.name], cell.value);
  }
}

void InputRows::fill(Batch& batch, std::size_t first) const {
  for (std::size_t row = 0; row < batch.rows(); ++row) {
    for (const Cell& cell : cells(first + row)) {
      if (handles_[cell.name].valid()) batch.set(row, handles_[cell.name], cell.value);
    }
  }
}

}  // namespace ringside::load
