// Goal: a number's bin is how many edges are not above it, missing is a bin of its own, and every way of finding them agrees.
// Method: each add_row that runs here, on edges, one ulp beside them, zeros, infinities, NaN and random numbers, against the definition
//   spelt as a sentence.
#include "engine/drift/bins.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace ringside::engine {
namespace {

template <class Number>
class Bins : public ::testing::Test {
 protected:
  using Limits = std::numeric_limits<Number>;

  static EdgeRow<Number> row_of(const std::vector<Number>& edges) {
    EdgeRow<Number> row;
    for (Number& edge : row.edges) edge = Limits::infinity();
    std::copy(edges.begin(), edges.end(), row.edges);
    return row;
  }
  static std::size_t expected(const std::vector<Number>& edges, Number x) {
    if (std::isnan(x) || x == Limits::infinity()) return kBinsMax;  // not finite: missing
    std::size_t bin = 0;
    while (bin < edges.size() && edges[bin] <= x) ++bin;
    return bin;
  }
  // The cell that counted x, which must be the only one.
  static std::size_t cell_of(AddRow<Number> add_row, const EdgeRow<Number>& row, Number x) {
    std::array<CountCell, kHistogramCells> cells{};
    add_row(&row, &row + 1, cells.data(), &x);
    std::size_t found = kHistogramCells;
    for (std::size_t cell = 0; cell < cells.size(); ++cell) {
      if (cells[cell].load() == 0) continue;
      EXPECT_EQ(cells[cell].load(), 1u);
      EXPECT_EQ(found, kHistogramCells) << "two cells counted one number";
      found = cell;
    }
    return found;
  }
};

using Widths = ::testing::Types<float, double>;
TYPED_TEST_SUITE(Bins, Widths);

TYPED_TEST(Bins, AreHowManyEdgesAreNotAbove) {
  using Number = TypeParam;
  using Numbers = std::numeric_limits<Number>;
  std::minstd_rand random(7);
  std::normal_distribution<Number> normal(0, 3);
  for (std::size_t count = 0; count <= kEdgesMax; ++count) {
    std::vector<Number> edges;
    for (std::size_t i = 0; i < count; ++i) edges.push_back(static_cast<Number>(i) - 4);
    const EdgeRow<Number> row = this->row_of(edges);
    std::vector<Number> xs{0,
                           -Number{0},
                           Numbers::quiet_NaN(),
                           -Numbers::quiet_NaN(),
                           Numbers::infinity(),
                           -Numbers::infinity(),
                           Numbers::max(),
                           Numbers::lowest(),
                           Numbers::denorm_min(),
                           -Numbers::denorm_min()};
    for (const Number edge : edges) {
      for (const Number towards : {Numbers::lowest(), Numbers::max()}) xs.push_back(std::nextafter(edge, towards));
      xs.push_back(edge);
    }
    for (int i = 0; i < 500; ++i) xs.push_back(normal(random));
    for (const auto add_row : every_add_row<Number>()) {
      for (const Number x : xs) ASSERT_EQ(this->cell_of(add_row, row, x), this->expected(edges, x)) << x << " among " << count;
    }
  }
}

TYPED_TEST(Bins, ARowsNumbersCountEachInItsOwnHistogram) {
  using Number = TypeParam;
  const std::vector<EdgeRow<Number>> rows{this->row_of({0}), this->row_of({0, 1, 2}), this->row_of({})};
  for (const auto add_row : every_add_row<Number>()) {
    std::vector<CountCell> cells(3 * kHistogramCells);
    const std::array<Number, 3> x{5, 1, 9};
    for (int i = 0; i < 3; ++i) add_row(rows.data(), rows.data() + 3, cells.data(), x.data());
    for (std::size_t cell = 0; cell < cells.size(); ++cell) {
      const bool counted = cell == 1 || cell == kHistogramCells + 2 || cell == 2 * kHistogramCells;
      EXPECT_EQ(cells[cell].load(), counted ? 3u : 0u) << cell;
    }
  }
}

TYPED_TEST(Bins, TheChosenWayIsOneOfThem) {
  const auto every = every_add_row<TypeParam>();
  EXPECT_NE(std::find(every.begin(), every.end(), choose_add_row<TypeParam>()), every.end());
}

}  // namespace
}  // namespace ringside::engine
