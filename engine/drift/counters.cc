#include "engine/drift/counters.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <new>
#include <span>

namespace ringside::engine {
namespace {

constexpr std::size_t kFeaturesABlock = 64;  // whose edges and counts, 8 KiB, stay in the first-level cache while rows go by

template <class Number>
std::vector<EdgeRow<Number>> padded(const std::vector<Histogram>& histograms) {
  std::vector<EdgeRow<Number>> rows(histograms.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::ranges::fill(rows[i].edges, std::numeric_limits<Number>::infinity());
    std::ranges::transform(histograms[i].edges, rows[i].edges, [](double edge) { return static_cast<Number>(edge); });
  }
  return rows;
}

// Rows inside, blocks of histograms outside: see kFeaturesABlock.
template <class Number>
void add_histograms(const std::vector<EdgeRow<Number>>& edges, AddRow<Number> add_row, CountCell* cells, const Number* numbers,
                    std::size_t stride, RowMask scored) noexcept {
  if (scored == 1) return add_row(edges.data(), edges.data() + edges.size(), cells, numbers);  // a single row, as a rule
  for (std::size_t begin = 0; begin < edges.size(); begin += kFeaturesABlock) {
    const EdgeRow<Number>* first = edges.data() + begin;
    const EdgeRow<Number>* end = edges.data() + std::min(edges.size(), begin + kFeaturesABlock);
    for (RowMask rows = scored; rows != 0; rows &= rows - 1) {
      const auto row = static_cast<std::size_t>(std::countr_zero(rows));
      add_row(first, end, cells + begin * kHistogramCells, numbers + row * stride + begin);
    }
  }
}

FieldCount kind_of(wire::FieldCode code) noexcept {
  switch (code) {
    case wire::FieldCode::kMissingRequired:
    case wire::FieldCode::kNullNotAllowed:
      return FieldCount::kMissing;
    case wire::FieldCode::kUnknownCategory:
      return FieldCount::kUnknown;
    case wire::FieldCode::kOutOfRange:
      return FieldCount::kOutOfRange;
    default:
      return FieldCount::kRefused;
  }
}

// [COUNTED] store(release) ▶ sum()'s load(acquire): who sees the row sees all its counts.
void publish(CountCell& cell, std::uint32_t rows) noexcept {
  cell.store(cell.load(std::memory_order_relaxed) + rows, std::memory_order_release);  // relaxed: our own last store
}

constexpr std::size_t at(FieldCount kind) noexcept { return static_cast<std::size_t>(kind); }

// For a single row without popcount(), which is a call where the processor is not known to count bits.
std::uint32_t rows_in(RowMask rows) noexcept { return static_cast<std::uint32_t>(rows <= 1 ? rows : std::popcount(rows)); }

}  // namespace

DriftCounters::DriftCounters(const InputSchema& schema, const Baseline* baseline, std::uint32_t workers)
    : schema_(schema), baseline_(baseline) {
  layout_.fields = schema.size();
  if (baseline != nullptr) {
    layout_.features = baseline->features.size();
    layout_.scores = baseline->scores.size();
    edges32_ = {.features = padded<float>(baseline->features), .scores = padded<float>(baseline->scores)};
    edges64_ = {.features = padded<double>(baseline->features), .scores = padded<double>(baseline->scores)};
  }
  for (std::uint32_t field = 0; field < schema.size(); ++field) {
    const Field& rules = schema.fields()[field];
    if (!rules.required && rules.on_missing == OnMissing::kPass)
      (rules.is_text() ? passing_texts_ : passing_numbers_).push_back(field);
  }
  const std::size_t bytes = layout_.size() * sizeof(CountCell);
  for (std::uint32_t worker = 0; worker < workers; ++worker) {
    auto* cells = static_cast<CountCell*>(::operator new[](bytes, std::align_val_t{wire::kPairBytes}));
    std::uninitialized_value_construct_n(cells, layout_.size());
    cells_.emplace_back(cells);
  }
}

template <class Number>
const DriftCounters::Edges<Number>& DriftCounters::edges() const noexcept {
  if constexpr (sizeof(Number) == sizeof(float)) {
    return edges32_;
  } else {
    return edges64_;
  }
}

template <class Feature, class Value>
void DriftCounters::add(std::uint32_t worker, const Tile& tile, const Feature* features, std::size_t stride,
                        const Value* values) noexcept {
  CountCell* cells = cells_[worker].get();
  const RowMask refused = tile.invalid();
  const RowMask scored = rows_mask(tile.rows()) & ~refused;
  add_histograms(edges<Feature>().features, edges<Feature>().add_row, cells + layout_.feature(0), features, stride, scored);
  add_histograms(edges<Value>().scores, edges<Value>().add_row, cells + layout_.score(0), values, layout_.scores, scored);
  add_fields(cells, tile, scored);
  add_missing(cells, tile, refused);
  publish(cells[DriftLayout::kScored], rows_in(scored));
  if (refused != 0) {
    add_refused(cells, tile, refused);
    publish(cells[DriftLayout::kRefused], rows_in(refused));
  }
}

// In most rows nothing is odd about any field.
void DriftCounters::add_fields(CountCell* cells, const Tile& tile, RowMask scored) const noexcept {
  const std::span<const std::uint64_t> marked = tile.marked();
  for (std::size_t word = 0; word < marked.size(); ++word) {
    for (std::uint64_t fields = marked[word]; fields != 0; fields &= fields - 1) {
      const std::size_t field = word * 64 + static_cast<std::size_t>(std::countr_zero(fields));
      add_field(cells + layout_.field(field), tile.masks()[field], scored);
    }
  }
}

void DriftCounters::add_field(CountCell* of_field, const Tile::Masks& masks, RowMask scored) noexcept {
  bump(of_field[at(FieldCount::kMissing)], rows_in(masks.filled & scored));
  bump(of_field[at(FieldCount::kFilled)], rows_in(masks.filled & scored));
  bump(of_field[at(FieldCount::kUnknown)], rows_in(masks.unknown & scored));
  bump(of_field[at(FieldCount::kOutOfRange)], rows_in(masks.clamped & scored));
}

// Values that the model sees as missing leave no mark in the tile but NaN, or a text that is none.
void DriftCounters::add_missing(CountCell* cells, const Tile& tile, RowMask refused) const noexcept {
  const auto add = [&](std::uint32_t field, const auto* column, const auto& is_missing) {
    std::uint32_t missing = is_missing(column[0]) ? 1 : 0;
    for (std::uint32_t row = 1; row < tile.rows(); ++row) missing += is_missing(column[row]) ? 1 : 0;
    if (missing == 0) [[likely]]
      return;
    for (RowMask rows = refused; rows != 0; rows &= rows - 1) missing -= is_missing(column[std::countr_zero(rows)]) ? 1 : 0;
    bump(cells[layout_.field(field) + at(FieldCount::kMissing)], missing);
  };
  for (const std::uint32_t field : passing_numbers_) add(field, tile.numbers(field), [](double x) { return x != x; });
  for (const std::uint32_t field : passing_texts_) add(field, tile.texts(field), [](const Text& text) { return text.missing(); });
}

void DriftCounters::add_refused(CountCell* cells, const Tile& tile, RowMask refused) const noexcept {
  const RowErrors& errors = tile.errors();
  for (; refused != 0; refused &= refused - 1) {
    const auto row = static_cast<std::uint32_t>(std::countr_zero(refused));
    std::uint16_t before = wire::kNoField;
    for (std::uint32_t i = 0; i < errors.count(row); ++i) {
      const RowError error = errors.at(row, i);
      if (error.field == wire::kNoField) continue;  // a name that is no field
      CountCell* of_field = cells + layout_.field(error.field);
      if (const FieldCount kind = kind_of(error.code); kind != FieldCount::kRefused) bump(of_field[at(kind)]);
      if (error.field != before) bump(of_field[at(FieldCount::kRefused)]);  // a field's errors stand beside each other
      before = error.field;
    }
  }
}

std::vector<std::uint32_t> DriftCounters::sum() const {
  std::vector<std::uint32_t> all(layout_.size());
  for (const auto& cells : cells_) {
    for (std::size_t i = 0; i < DriftLayout::kRowCells; ++i) all[i] += cells[i].load(std::memory_order_acquire);  // [COUNTED]
    for (std::size_t i = DriftLayout::kRowCells; i < all.size(); ++i) all[i] += cells[i].load(std::memory_order_relaxed);
  }
  return all;
}

template void DriftCounters::add(std::uint32_t, const Tile&, const float*, std::size_t, const float*) noexcept;
template void DriftCounters::add(std::uint32_t, const Tile&, const float*, std::size_t, const double*) noexcept;
template void DriftCounters::add(std::uint32_t, const Tile&, const double*, std::size_t, const double*) noexcept;

}  // namespace ringside::engine
