#include "engine/shadow/comparison.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <utility>

#include "engine/decode/settle.h"

namespace ringside::engine {
namespace {

constexpr std::size_t kRingBytes = std::size_t{64} << 10;
constexpr std::size_t kWideRows = 8;                       // of the widest fixed part, at least so many fit
constexpr std::uint32_t kEvenStep = 2'654'435'769;         // 2^32 / the golden ratio: takes any share evenly
constexpr std::uint64_t kMissingText = ~std::uint64_t{0};  // in place of a length

double number_of(const FloatBlock& block, std::size_t i) noexcept {
  return block.type() == FloatType::kFloat64 ? block.as<double>()[i] : static_cast<double>(block.as<float>()[i]);
}

// Copied words: a row in the ring is aligned to 8 bytes, and every part of it is whole words but the last.
template <class Word>
std::byte* write_word(std::byte* to, const Word& word) noexcept {
  static_assert(sizeof word == 8);
  std::memcpy(to, &word, sizeof word);
  return to + sizeof word;
}
template <class Word>
const std::byte* read_word(const std::byte* from, Word& word) noexcept {
  static_assert(sizeof word == 8);
  std::memcpy(&word, from, sizeof word);
  return from + sizeof word;
}

std::size_t whole_words(std::size_t bytes) noexcept { return (bytes + 7) & ~std::size_t{7}; }

// Where training left a distribution of scores, its bins; else even ones, where it is known what to divide.
std::vector<std::vector<double>> score_edges(const Bundle& current) {
  std::vector<std::vector<double>> edges;
  if (current.baseline && current.baseline->scores.size() == current.scorer.values_per_row()) {
    for (const Histogram& histogram : current.baseline->scores) edges.push_back(histogram.edges);
    return edges;
  }
  if (current.scorer.kind() == ScoreKind::kOther) return edges;
  const bool is_class_index = current.scorer.kind() == ScoreKind::kMultiClass && current.scorer.values_per_row() == 1;
  std::vector<double> even;
  for (std::size_t i = 1; i <= kEdgesMax; ++i) {
    even.push_back(is_class_index ? static_cast<double>(i) - 0.5 : static_cast<double>(i) / static_cast<double>(kBinsMax));
  }
  edges.assign(current.scorer.values_per_row(), even);
  return edges;
}

}  // namespace

struct alignas(wire::kPairBytes) ShadowComparison::PerWorker {
  PerWorker(const DifferenceShape& shape, std::size_t ring_bytes)
      : counts(shape), ring(ring_bytes), answers(2 * (shape.margins + shape.values)) {}

  DifferenceCounts counts;
  RowRing ring;
  std::vector<double> answers;  // current's margins and values, then the shadow's
  std::uint32_t phase = 0;      // of the rows that are taken
};

ShadowComparison::ShadowComparison(std::shared_ptr<const Bundle> current, std::shared_ptr<const Bundle> shadow, ShadowMatch match,
                                   std::uint32_t workers)
    : current_(std::move(current)), shadow_(std::move(shadow)), match_(std::move(match)) {
  shape_ = {.margins = current_->scorer.margins_per_row(),
            .values = current_->scorer.values_per_row(),
            .classes = current_->classes.size(),
            .score_edges = score_edges(*current_)};
  answer_bytes_ = 8 * (1 + shape_.margins + shape_.values);
  row_bytes_ = answer_bytes_ + (match_.input == ShadowInput::kFeatures
                                    ? whole_words(current_->plan.features() * float_bytes(current_->plan.feature_type()))
                                    : 8 * match_.field_of.size());
  for (std::uint32_t field = 0; field < shadow_->schema.size(); ++field) {
    is_text_.push_back(shadow_->schema.fields()[field].is_text() ? 1 : 0);
    if (is_text_.back() != 0 && match_.input != ShadowInput::kFeatures && match_.field_of[field] != ShadowMatch::kUnread)
      texts_.push_back(field);
  }
  ClientSchema in_current_order;
  for (const Field& field : current_->schema.fields()) in_current_order.columns.push_back({field.name, field.dtype});
  positional_ = make_adapter(in_current_order, shadow_->schema, [this](const std::string& name) {
    const std::int32_t field = current_->schema.find(name);
    return current_->schema.fields()[static_cast<std::size_t>(field)].optional();
  });
  for (std::uint32_t worker = 0; worker < workers; ++worker) {
    by_worker_.push_back(std::make_unique<PerWorker>(shape_, std::max(kRingBytes, kWideRows * row_bytes_)));
  }
}

ShadowComparison::~ShadowComparison() = default;

Result<std::shared_ptr<ShadowComparison>, std::string> ShadowComparison::make(std::shared_ptr<const Bundle> current,
                                                                              std::shared_ptr<const Bundle> shadow,
                                                                              std::uint32_t workers) {
  auto match = match_shadow(*current, *shadow);
  if (!match) return fail(match.error());
  return std::shared_ptr<ShadowComparison>(
      new ShadowComparison(std::move(current), std::move(shadow), std::move(*match), workers));
}

void ShadowComparison::offer(std::uint32_t worker, const Answered& answered) noexcept {
  PerWorker& own = *by_worker_[worker];
  const Tile& tile = answered.work.tile;
  for (RowMask rows = rows_mask(tile.rows()) & ~tile.invalid(); rows != 0; rows &= rows - 1) {
    own.phase += kEvenStep;
    if (own.phase >= answered.share) continue;
    const std::uint32_t row = lowest_row(rows);
    const bool seen = answered.again == nullptr || row < answered.again->rows();
    if (seen && answered.again != nullptr && (answered.again->invalid() & row_bit(row)) != 0) {
      own.counts.take();
      own.counts.refuse();
    } else if (seen && copy_row(own.ring, answered, row)) {
      own.counts.take();
    } else {
      own.counts.shed();
    }
  }
}

bool ShadowComparison::copy_row(RowRing& ring, const Answered& answered, std::uint32_t row) const noexcept {
  const bool features = match_.input == ShadowInput::kFeatures;
  std::byte* to = ring.reserve(row_bytes_ + (features ? 0 : bytes_of_texts(answered, row)));
  if (to == nullptr) return false;
  const Workspace& work = answered.work;
  to = copy_answer(to, work, row, answered.labels[row]);
  if (features) {
    std::memcpy(to, work.features.at(row * work.stride), current_->plan.features() * float_bytes(work.features.type()));
  } else {
    copy_fields(to, answered, row);
  }
  ring.commit();
  return true;
}

// Where a field of the shadow finds its values: in current's tile, or in its own.
std::uint32_t ShadowComparison::source_of(std::uint32_t field, bool again) const noexcept {
  const std::uint32_t source = match_.field_of[field];
  return again && source != ShadowMatch::kUnread ? field : source;
}

std::byte* ShadowComparison::copy_answer(std::byte* to, const Workspace& scored, std::uint32_t row,
                                         std::int32_t label) const noexcept {
  to = write_word(to, std::int64_t{label});
  for (std::size_t i = 0; i < shape_.margins; ++i) to = write_word(to, number_of(scored.margins, row * shape_.margins + i));
  for (std::size_t i = 0; i < shape_.values; ++i) to = write_word(to, number_of(scored.values, row * shape_.values + i));
  return to;
}

std::size_t ShadowComparison::bytes_of_texts(const Answered& answered, std::uint32_t row) const noexcept {
  const bool again = answered.again != nullptr;
  const Tile& tile = again ? *answered.again : answered.work.tile;
  std::size_t bytes = 0;
  for (const std::uint32_t field : texts_) {
    if (const std::uint32_t from = source_of(field, again); from < ShadowMatch::kAbsent)
      bytes += whole_words(tile.texts(from)[row].bytes);
  }
  return bytes;
}

// A field that was missing is written as missing, whatever was made of it: the shadow fills by its own rule.
void ShadowComparison::copy_fields(std::byte* to, const Answered& answered, std::uint32_t row) const noexcept {
  const bool again = answered.again != nullptr;
  const Tile& tile = again ? *answered.again : answered.work.tile;
  for (std::uint32_t field = 0; field < match_.field_of.size(); ++field) {
    const std::uint32_t from = source_of(field, again);
    if (from == ShadowMatch::kUnread) continue;
    const bool missing = from == ShadowMatch::kAbsent || (tile.filled(from) & row_bit(row)) != 0;
    if (!is_text_[field] != 0) {
      to = write_word(to, missing ? std::numeric_limits<double>::quiet_NaN() : tile.numbers(from)[row]);
    } else if (missing || tile.texts(from)[row].missing()) {
      to = write_word(to, kMissingText);
    } else {
      const Text& text = tile.texts(from)[row];
      to = write_word(to, std::uint64_t{text.bytes});
      if (text.bytes != 0) std::memcpy(to, text.data, text.bytes);
      to += whole_words(text.bytes);
    }
  }
}

// Texts point into the ring: the row stays there until it is scored.
void ShadowComparison::restore_fields(const std::byte* from, Tile& tile) const noexcept {
  tile.start(1);
  for (std::uint32_t field = 0; field < match_.field_of.size(); ++field) {
    if (match_.field_of[field] == ShadowMatch::kUnread) continue;
    bool missing = false;
    if (!is_text_[field] != 0) {
      from = read_word(from, tile.numbers(field)[0]);
      missing = tile.numbers(field)[0] != tile.numbers(field)[0];
    } else {
      std::uint64_t bytes = 0;
      from = read_word(from, bytes);
      missing = bytes == kMissingText;
      if (!missing) {
        tile.texts(field)[0] = {reinterpret_cast<const char*>(from), static_cast<std::uint32_t>(bytes)};
        from += whole_words(bytes);
      }
    }
    if (missing) FieldRows(shadow_->schema, tile, field).missing(1);
  }
}

bool ShadowComparison::waits(std::uint32_t worker) const noexcept { return !by_worker_[worker]->ring.empty(); }

void ShadowComparison::score_one(std::uint32_t worker, Workspace& own) noexcept {
  PerWorker& mine = *by_worker_[worker];
  const std::byte* from = mine.ring.front();
  std::int64_t current_label = 0;
  from = read_word(from, current_label);
  const std::size_t numbers = shape_.margins + shape_.values;
  double* const current = mine.answers.data();
  double* const shadow = current + numbers;
  std::memcpy(current, from, numbers * sizeof(double));
  from += numbers * sizeof(double);
  bool refused = false;
  if (match_.input != ShadowInput::kFeatures) {
    restore_fields(from, own.tile);
    shadow_->plan.run(own.tile, *own.plan, own.features.data(), own.stride);
    refused = own.tile.invalid() != 0;
  } else {
    std::memcpy(own.features.data(), from, current_->plan.features() * float_bytes(own.features.type()));
  }
  mine.ring.pop();
  if (refused) return mine.counts.refuse();
  shadow_->scorer.score(own.features.data(), 1, own.stride, own.margins.data(), own.values.data());
  std::int32_t label = -1;
  shadow_->label_indices(own.values.data(), 1, &label);
  for (std::size_t i = 0; i < shape_.margins; ++i) shadow[i] = number_of(own.margins, i);
  for (std::size_t i = 0; i < shape_.values; ++i) shadow[shape_.margins + i] = number_of(own.values, i);
  mine.counts.add({current, current + shape_.margins, static_cast<std::int32_t>(current_label)},
                  {shadow, shadow + shape_.margins, label});
}

DifferenceTotals ShadowComparison::sum() const {
  DifferenceTotals totals;
  for (const auto& own : by_worker_) own->counts.add_to(totals);
  return totals;
}

}  // namespace ringside::engine
