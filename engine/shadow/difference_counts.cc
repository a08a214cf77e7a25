#include "engine/shadow/difference_counts.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace ringside::engine {
namespace {

constexpr std::array<double, kDecades> kBounds = {1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1e0,
                                                  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9};

bool same_bits(const double* a, const double* b, std::size_t count) noexcept {
  return std::equal(a, a + count, b, [](double one, double other) {
    return std::bit_cast<std::uint64_t>(one) == std::bit_cast<std::uint64_t>(other);
  });
}

// 0 for equal infinities and for two NaN; NaN where one is a number and the other not.
double largest_difference(const double* a, const double* b, std::size_t count) noexcept {
  double largest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    const double difference = std::abs(a[i] - b[i]);
    if (std::isnan(difference)) return difference;
    largest = std::max(largest, difference);
  }
  return largest;
}

// relaxed: our own last store; [COMPARED] orders it for readers.
void put(std::atomic<double>& cell, double value) noexcept { cell.store(value, std::memory_order_relaxed); }
double value_of(const std::atomic<double>& cell) noexcept { return cell.load(std::memory_order_relaxed); }

void add_cells(const std::vector<Counter>& cells, std::vector<std::uint64_t>& sums) {
  sums.resize(cells.size());
  for (std::size_t i = 0; i < cells.size(); ++i) sums[i] += cells[i].value();
}

}  // namespace

std::size_t decade_of(double difference) noexcept {
  if (std::isnan(difference)) return kDecadeCells - 1;
  if (difference == 0) return 0;
  return 1 + static_cast<std::size_t>(std::ranges::upper_bound(kBounds, difference) - kBounds.begin());
}

DifferenceCounts::DifferenceCounts(const DifferenceShape& shape)
    : shape_(shape),
      flip_matrix_(shape.flip_cells()),
      current_scores_(shape.score_cells()),
      shadow_scores_(shape.score_cells()) {}

void DifferenceCounts::refuse() noexcept {
  refused_.add(1);
  done();
}

// [COMPARED] store(release) ▶ add_to()'s load(acquire)
void DifferenceCounts::done() noexcept {
  done_.store(done_.load(std::memory_order_relaxed) + 1, std::memory_order_release);  // relaxed: our own last store
}

void DifferenceCounts::add(const RowAnswer& current, const RowAnswer& shadow) noexcept {
  if (same_bits(current.margins, shadow.margins, shape_.margins)) equal_margins_.add(1);
  if (same_bits(current.values, shadow.values, shape_.values)) equal_values_.add(1);
  const double difference = largest_difference(current.values, shadow.values, shape_.values);
  decades_[decade_of(difference)].add(1);
  if (!std::isnan(difference)) {
    put(sum_difference_, value_of(sum_difference_) + difference);
    put(max_difference_, std::max(value_of(max_difference_), difference));
  }
  if (current.label != shadow.label) flips_.add(1);
  if (!flip_matrix_.empty() && current.label >= 0 && shadow.label >= 0) {
    flip_matrix_[static_cast<std::size_t>(current.label) * shape_.classes + static_cast<std::size_t>(shadow.label)].add(1);
  }
  add_scores(current.values, current_scores_);
  add_scores(shadow.values, shadow_scores_);
  done();
}

// NaN is in no bin.
void DifferenceCounts::add_scores(const double* values, std::vector<Counter>& cells) const noexcept {
  for (std::size_t value = 0; value < shape_.score_edges.size(); ++value) {
    if (std::isnan(values[value])) continue;
    const std::vector<double>& edges = shape_.score_edges[value];
    const auto bin = static_cast<std::size_t>(std::ranges::upper_bound(edges, values[value]) - edges.begin());
    cells[value * kBinsMax + bin].add(1);
  }
}

void DifferenceCounts::add_to(DifferenceTotals& totals) const {
  const std::uint64_t done = done_.load(std::memory_order_acquire);  // [COMPARED]
  const std::uint64_t refused = std::min(refused_.value(), done);
  totals.compared += done - refused;
  totals.refused += refused;
  totals.taken += std::max(taken_.value(), done);
  totals.shed += shed_.value();
  totals.equal_margins += equal_margins_.value();
  totals.equal_values += equal_values_.value();
  totals.flips += flips_.value();
  totals.sum_difference += value_of(sum_difference_);
  totals.max_difference = std::max(totals.max_difference, value_of(max_difference_));
  for (std::size_t i = 0; i < kDecadeCells; ++i) totals.decades[i] += decades_[i].value();
  add_cells(flip_matrix_, totals.flip_matrix);
  add_cells(current_scores_, totals.current_scores);
  add_cells(shadow_scores_, totals.shadow_scores);
}

}  // namespace ringside::engine
