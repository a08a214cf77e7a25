#include "client_lib/rows/rows_body.h"

#include <algorithm>
#include <cmath>

#include <ringside/client.h>

#include "client_lib/base/check.h"

namespace ringside::detail {
namespace {

constexpr double kExactIntegers = 9'007'199'254'740'992.0;  // 2^53: beyond it float64 skips some

// Everything but text, whose bytes go elsewhere.
wire::Cell cell_of(const Value& value) noexcept {
  switch (value.kind()) {
    case Value::Kind::kNull:
      return wire::Cell::null();
    case Value::Kind::kBool:
      return wire::Cell::boolean(value.integer() != 0);
    case Value::Kind::kInt:
      return wire::Cell::integer(value.integer());
    case Value::Kind::kReal:
      return wire::Cell::real(value.real());
    case Value::Kind::kRefused:
      return wire::Cell::refused(static_cast<wire::FieldCode>(value.code()));
    case Value::Kind::kText:
      break;
  }
  return wire::Cell::absent();
}

wire::MetaKind kind_of(const Target& target) noexcept {
  switch (target.kind) {
    case Target::Kind::kVersion:
      return wire::MetaKind::kVersion;
    case Target::Kind::kLabel:
      return wire::MetaKind::kLabel;
    case Target::Kind::kRouted:
      break;
  }
  return wire::MetaKind::kRouted;
}

}  // namespace

RowsBody::RowsBody(const Schema& with, std::size_t row_count, wire::Encoding packing)
    : schema(with), state(SchemaAccess::state(schema).get()), packing_(packing) {
  RINGSIDE_CHECK(state != nullptr);
  start(row_count);
}

void RowsBody::start(std::size_t row_count) {
  rows = row_count;
  const auto carried = static_cast<std::uint16_t>(std::min<std::size_t>(row_count, wire::kCallRowsMax));
  const auto columns = static_cast<std::uint16_t>(state->fields.size());
  if (packing_ == wire::Encoding::kHandles) {
    body.start(columns, carried);
  } else {
    body.start_packed(columns, carried, packing_);
  }
  ids.clear();
  has_meta_ = false;
}

void RowsBody::add_named(std::uint16_t row, std::string_view name, const Value& value) {
  if (value.kind() == Value::Kind::kText) {
    body.add_named_text(row, name, value.text());
  } else {
    body.add_named(row, name, cell_of(value));
  }
}

void RowsBody::put(std::uint16_t row, std::uint16_t column, const Value& value) {
  if (value.kind() == Value::Kind::kText) {
    body.set_text(column, row, value.text());
  } else {
    body.set(column, row, cell_of(value));
  }
}

void RowsBody::set(std::size_t row, std::uint16_t column, const Value& value) {
  RINGSIDE_CHECK(row < rows);
  if (row >= body.rows()) return;
  const auto r = static_cast<std::uint16_t>(row);
  if (column >= body.columns()) {
    add_named(r, {}, value);
  } else if (body.is_packed()) {
    // What the width cannot hold as it is travels beside the cells, under its name; so does a second value.
    if (is_packed_already(r, column) || !pack(r, column, value)) add_named(r, state->fields[column].name, value);
  } else if (body.is_broadcast(column) || body.tag(column, r) != wire::Tag::kAbsent) {
    add_named(r, state->fields[column].name, value);
  } else {
    put(r, column, value);
  }
}

bool RowsBody::is_packed_already(std::uint16_t row, std::uint16_t column) noexcept {
  if (body.is_broadcast(column)) return true;
  return packing_ == wire::Encoding::kPackedF32 ? !std::isnan(body.packed_f32(column)[row])
                                                : !std::isnan(body.packed_f64(column)[row]);
}

// False: no number, or one that the width would round.
bool RowsBody::pack(std::uint16_t row, std::uint16_t column, const Value& given) noexcept {
  if (given.kind() != Value::Kind::kInt && given.kind() != Value::Kind::kReal) return false;
  const double value = given.kind() == Value::Kind::kInt ? static_cast<double>(given.integer()) : given.real();
  if (given.kind() == Value::Kind::kInt && std::fabs(value) > kExactIntegers) return false;
  if (packing_ == wire::Encoding::kPackedF64) {
    body.packed_f64(column)[row] = value;
    return true;
  }
  const auto narrow = static_cast<float>(value);
  if (static_cast<double>(narrow) != value && !std::isnan(value)) return false;
  body.packed_f32(column)[row] = narrow;
  return true;
}

template <class Float>
void RowsBody::set_column(std::uint16_t column, std::span<const Float> values) {
  RINGSIDE_CHECK(values.size() == rows);
  const std::span<const Float> carried = values.first(std::min<std::size_t>(values.size(), body.rows()));
  const bool same_width = packing_ == (sizeof(Float) == 4 ? wire::Encoding::kPackedF32 : wire::Encoding::kPackedF64);
  bool untouched = same_width && column < body.columns();
  for (std::uint16_t row = 0; untouched && row < body.rows(); ++row) untouched = !is_packed_already(row, column);
  if (!untouched) {
    for (std::size_t row = 0; row < carried.size(); ++row) set(row, column, Value(carried[row]));
  } else if constexpr (sizeof(Float) == 4) {
    std::ranges::copy(carried, body.packed_f32(column).begin());
  } else {
    std::ranges::copy(carried, body.packed_f64(column).begin());
  }
}
template void RowsBody::set_column(std::uint16_t, std::span<const float>);
template void RowsBody::set_column(std::uint16_t, std::span<const double>);

void RowsBody::set(std::size_t row, std::string_view name, const Value& value) {
  RINGSIDE_CHECK(row < rows);
  const std::uint16_t column = state->find(name);
  if (column != FieldHandle::kNone) return set(row, column, value);
  if (row < body.rows()) add_named(static_cast<std::uint16_t>(row), name, value);
}

void RowsBody::set_all(std::uint16_t column, const Value& value) {
  bool untouched = body.rows() > 0 && column < body.columns() && !body.is_broadcast(column);
  for (std::uint16_t row = 0; untouched && row < body.rows(); ++row)
    untouched = body.is_packed() ? !is_packed_already(row, column) : body.tag(column, row) == wire::Tag::kAbsent;
  if (untouched && body.is_packed()) {
    if (pack(0, column, value) && is_packed_already(0, column)) return body.broadcast_packed(column);
    untouched = false;  // it does not fit, or is NaN, which says nothing
  }
  if (!untouched) {
    for (std::uint16_t row = 0; row < body.rows(); ++row) set(row, column, value);
  } else if (value.kind() == Value::Kind::kText) {
    body.set_broadcast_text(column, value.text());
  } else {
    body.set_broadcast(column, cell_of(value));
  }
}

void RowsBody::set_all(std::string_view name, const Value& value) {
  const std::uint16_t column = state->find(name);
  if (column != FieldHandle::kNone) return set_all(column, value);
  for (std::uint16_t row = 0; row < body.rows(); ++row) add_named(row, name, value);
}

void RowsBody::set_request_id(std::size_t row, std::string_view id) {
  RINGSIDE_CHECK(row < rows);
  if (row >= body.rows()) return;
  ids.set(row, id);
  body.set_request_id(static_cast<std::uint16_t>(row), id);
}

void RowsBody::prepare(const CallOptions& options, std::span<const Target> targets) {
  if (has_meta_) body.clear_meta();
  has_meta_ = !(options.user_id.empty() && options.route_key.empty() && options.route_tags.empty() && options.trace_id.empty() &&
                options.version.empty() && options.label.empty() && targets.empty());
  if (has_meta_) {
    body.set_user_id(options.user_id);
    body.set_route_key(options.route_key);
    for (const std::string_view tag : options.route_tags) body.add_route_tag(tag);
    body.set_trace_id(options.trace_id);
    for (const Target& target : targets) body.add_target(kind_of(target), target.name);
    if (targets.empty()) {
      body.set_version(options.version);
      body.set_label(options.label);
    }
  }
  if (ids.empty()) return;
  for (std::uint16_t row = 0; row < body.rows(); ++row) {
    if (!ids.get(row).empty()) continue;
    std::byte uuid[16];
    make_uuid7(uuid);
    ids.set_uuid(row, uuid);
    body.set_request_id(row, ids.get(row));
  }
}

}  // namespace ringside::detail

namespace ringside {

Row::Row(const Schema& schema) : body_(std::make_unique<detail::RowsBody>(schema, 1)) {}
Row::Row(Row&&) noexcept = default;
Row& Row::operator=(Row&&) noexcept = default;
Row::~Row() = default;
void Row::reset() { body_->start(1); }
void Row::set(FieldHandle field, const Value& value) { body_->set(0, field.index, value); }
void Row::set(std::string_view name, const Value& value) { body_->set(0, name, value); }
void Row::set_request_id(std::string_view id) { body_->set_request_id(0, id); }
const Schema& Row::schema() const noexcept { return body_->schema; }

Batch::Batch(const Schema& schema, std::size_t rows) : body_(std::make_unique<detail::RowsBody>(schema, rows)) {}
Batch::Batch(const Schema& schema, std::size_t rows, Packed packed)
    : body_(std::make_unique<detail::RowsBody>(
          schema, rows, packed == Packed::kFloat32 ? wire::Encoding::kPackedF32 : wire::Encoding::kPackedF64)) {}
Batch::Batch(Batch&&) noexcept = default;
Batch& Batch::operator=(Batch&&) noexcept = default;
Batch::~Batch() = default;
void Batch::reset(std::size_t rows) { body_->start(rows); }
std::size_t Batch::rows() const noexcept { return body_->rows; }
void Batch::set(std::size_t row, FieldHandle field, const Value& value) { body_->set(row, field.index, value); }
void Batch::set(std::size_t row, std::string_view name, const Value& value) { body_->set(row, name, value); }
void Batch::set_column(FieldHandle field, std::span<const float> values) { body_->set_column(field.index, values); }
void Batch::set_column(FieldHandle field, std::span<const double> values) { body_->set_column(field.index, values); }
void Batch::set_request_id(std::size_t row, std::string_view id) { body_->set_request_id(row, id); }
void Batch::set_all(FieldHandle field, const Value& value) { body_->set_all(field.index, value); }
void Batch::set_all(std::string_view name, const Value& value) { body_->set_all(name, value); }
const Schema& Batch::schema() const noexcept { return body_->schema; }

}  // namespace ringside
