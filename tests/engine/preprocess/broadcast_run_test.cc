// Goal: a value that is sent once for all rows of a call gives what the same value in every row gives, in every bit, error and mask; and
// what depends on such values alone is prepared once a call. Method: random plans and calls sent both ways through decode and plan, with
// other calls on the same memory in between; and, for the count, a mark put where the first tile left its work: who sees it did not work
// again.

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "engine/decode/gather.h"
#include "engine/preprocess/plan.h"
#include "engine/preprocess/plan_scratch.h"
#include "engine/schema/adapter.h"
#include "schemas/wire/call_body.h"
#include "tests/engine/decode/sent_call.h"
#include "tests/engine/preprocess/plan_case.h"
#include "tests/engine/preprocess/random_spec.h"

namespace ringside::engine::test {
namespace {

using wire::Cell;

struct Value {
  bool is_text = false;
  Cell cell = Cell::null();
  std::string text;
};

void put(wire::CallBody& body, std::uint16_t column, std::uint16_t row, const Value& value) {
  value.is_text ? body.set_text(column, row, value.text) : body.set(column, row, value.cell);
}

// Decode and plan with the memory of one worker and bundle.
class Desk {
 public:
  Desk(std::vector<Field> fields, const PlanSpec& spec)
      : schema_(std::move(fields), true),
        adapter_(identity_adapter(schema_)),
        plan_(std::move(Plan::compile(spec, schema_).value())),  // a test's own spec: aborts where it is wrong
        scratch_(plan_.make_scratch()),
        tile_(schema_),
        features_(kTileRows * plan_.features()) {}

  [[nodiscard]] Tile& tile() noexcept { return tile_; }
  [[nodiscard]] PlanScratch& scratch() noexcept { return *scratch_; }
  [[nodiscard]] float feature(std::uint32_t row, std::uint32_t feature) const {
    return features_[row * plan_.features() + feature];
  }

  // One tile. Its rows in words: errors, or features, and what is filled, clamped and unknown.
  std::vector<std::string> step(const Call& call, GatherCursor& cursor, std::uint32_t rows_max = kTileRows) {
    const GatherOutcome outcome = gather(call, adapter_, schema_, rows_max, cursor, tile_);
    if (outcome.malformed) {
      cursor.next_row = call.geometry.rows;
      return {"malformed"};
    }
    plan_.run(tile_, *scratch_, features_.data(), plan_.features());
    std::vector<std::string> rows;
    for (std::uint32_t row = 0; row < outcome.rows; ++row) rows.push_back(shown_features(row));
    return rows;
  }

 private:
  [[nodiscard]] std::string shown_features(std::uint32_t row) const {
    if ((tile_.invalid() >> row & 1) != 0) return shown_row(tile_, schema_, row);
    std::string line = shown_row(tile_, schema_, row) + " ->";
    for (std::uint32_t field = 0; field < schema_.size(); ++field)
      line += (tile_.unknown(field) >> row & 1) != 0 ? " ?" + std::to_string(field) : "";
    for (std::uint32_t j = 0; j < plan_.features(); ++j) {
      const float value = feature(row, j);
      line += ' ' + std::to_string(std::isnan(value) ? 0x7FC0'0000u : std::bit_cast<std::uint32_t>(value));
    }
    return line;
  }

  InputSchema schema_;
  Adapter adapter_;
  Plan plan_;
  std::unique_ptr<PlanScratch> scratch_;
  Tile tile_;
  std::vector<float> features_;
};

class Received {  // a call as decode has it
 public:
  explicit Received(wire::CallBody& body) : sent_(body) { EXPECT_EQ(sent_.read(call_, meta_), CallShape::kGood); }
  [[nodiscard]] const Call& call() const noexcept { return call_; }

 private:
  SentCall sent_;
  Call call_;
  CallMeta meta_;
};

// Numeric steps as drawn, and every other kind of step on top.
class DrawnPlan {
 public:
  explicit DrawnPlan(std::uint32_t seed) : random_(seed), numbers_(seed), fields_(numbers_.fields()), spec_(numbers_.spec()) {
    for (Field& field : fields_) {
      field.on_missing = below(4) == 0 ? OnMissing::kReject : below(3) == 0 ? OnMissing::kFill : OnMissing::kPass;
      field.on_out_of_range = static_cast<OnOutOfRange>(below(3));
      if (below(3) == 0) field.low = -100, field.high = 100;
    }
    fields_.push_back(text_field("t", "b"));
    fields_.push_back(text_field("u", ""));
    fields_.back().on_missing = OnMissing::kPass;
    text_steps();
    const std::vector<std::string>& columns = numbers_.columns();
    const auto any = [&] { return columns[below(columns.size())]; };
    spec_.steps.emplace_back(BinsStep{.in = any(), .out = "bins", .edges = {-1, 0, 0.1, 3, 40}});
    spec_.steps.emplace_back(
        QuantileStep{.in = any(), .out = "place", .quantiles = {-40, 0, 0, 3}, .references = {0, 0.25, 0.5, 1}});
    spec_.steps.emplace_back(PowerStep{.in = any(), .out = "power", .lambda = 0.3});
    spec_.features.insert(spec_.features.end(), {"bins", "place", "power"});
    if (below(3) == 0) spec_.steps.emplace_back(RequireStep{RequireStep::What::kNumber, any()});
    if (below(3) == 0) spec_.steps.emplace_back(RequireStep{RequireStep::What::kFinite, any()});
    spec_.zero_is_missing = below(6) == 0;
  }

  [[nodiscard]] const std::vector<Field>& fields() const noexcept { return fields_; }
  [[nodiscard]] const PlanSpec& spec() const noexcept { return spec_; }
  std::uint32_t below(std::size_t bound) { return static_cast<std::uint32_t>(random_() % bound); }

  Value value(std::uint32_t field) {
    Value value;
    if (below(40) == 0) return value;  // null
    if (below(40) == 0) {
      value.cell = Cell::boolean(true);  // of another type, for most
    } else if (fields_[field].is_text()) {
      static constexpr const char* kTexts[] = {"a", "b", "c", "", "\xC3\xA9", "never seen"};
      value.is_text = true;
      value.text = kTexts[below(below(4) == 0 ? std::size(kTexts) : 4)];
    } else {
      const double number = numbers_.value();
      if (!std::isnan(number)) value.cell = Cell::real(number);
    }
    return value;
  }

 private:
  void text_steps() {
    const bool refuses = below(3) == 0;
    LabelStep label{.field = "t", .out = "label", .classes = {"a", "b", "c", ""}, .unseen = {}};
    if (!refuses) label.unseen = {.kind = Unseen::Kind::kCategory, .category = "b"};
    spec_.steps.emplace_back(label);
    OnehotStep onehot{.field = "t", .categories = {"a", "b", "c"}, .drop = {"b"}, .outs = {"a?", "c?"}, .unseen = {}};
    onehot.unseen.kind = Unseen::Kind::kZeros;
    spec_.steps.emplace_back(onehot);
    EncodeStep encode;
    encode.in = {.is_field = true, .name = "u"};
    encode.out = "encoded";
    encode.categories.texts = {"a", "b", ""};
    encode.values = {0.5, -3, 1e-40};
    if (below(3) != 0) encode.missing = 7;
    if (below(3) != 0) encode.unseen = 9;
    spec_.steps.emplace_back(encode);
    spec_.steps.emplace_back(ArithmeticStep{ArithmeticStep::Op::kDivide, "encoded", "encoded 3rds", 3});
    spec_.steps.emplace_back(text_is_missing("u", "u?", std::numeric_limits<double>::quiet_NaN()));
    spec_.features.insert(spec_.features.end(), {"label", "a?", "c?", "encoded 3rds", "u?"});
  }

  std::mt19937 random_;
  RandomSpec numbers_;
  std::vector<Field> fields_;
  PlanSpec spec_;
};

// The same rows twice: some fields the same in all rows, sent once or a row.
void compare(std::uint32_t seed) {
  DrawnPlan drawn(seed);
  const auto columns = static_cast<std::uint16_t>(drawn.fields().size());
  Desk desk(drawn.fields(), drawn.spec()), plain_desk(drawn.fields(), drawn.spec());
  static constexpr std::uint16_t kRows[] = {2, 9, 63, 64, 65, 66, 129, 200};
  const std::uint16_t rows = kRows[drawn.below(std::size(kRows))];
  wire::CallBody once, plain, other;
  once.start(columns, rows);
  plain.start(columns, rows);
  other.start(columns, 3);
  for (std::uint16_t column = 0; column < columns; ++column) {
    const bool broadcast = drawn.below(2) == 0;
    const Value shared = drawn.value(column);
    if (broadcast) shared.is_text ? once.set_broadcast_text(column, shared.text) : once.set_broadcast(column, shared.cell);
    for (std::uint16_t row = 0; row < rows; ++row) {
      const Value value = broadcast ? shared : drawn.value(column);
      put(plain, column, row, value);
      if (!broadcast) put(once, column, row, value);
    }
    other.set_broadcast(column, drawn.fields()[column].is_text() ? Cell::null() : Cell::integer(77));
  }
  for (std::uint16_t row = 0; row < rows; row = static_cast<std::uint16_t>(row + 1 + drawn.below(40))) {
    const std::string name = drawn.fields()[drawn.below(columns)].name;  // said again: DUPLICATE_FIELD
    once.add_named(row, name, Cell::integer(1));
    plain.add_named(row, name, Cell::integer(1));
  }
  const Received sent_once(once), sent_plain(plain), between(other);
  GatherCursor cursor, plain_cursor;
  std::uint32_t row = 0;
  while (cursor.next_row < rows) {
    const std::uint32_t rows_max = drawn.below(4) == 0 ? 1 + drawn.below(64) : kTileRows;
    const std::vector<std::string> found = desk.step(sent_once.call(), cursor, rows_max);
    for (const std::string& expected : plain_desk.step(sent_plain.call(), plain_cursor, rows_max)) {
      ASSERT_EQ(found.at(row - (cursor.next_row - static_cast<std::uint32_t>(found.size()))), expected)
          << "seed " << seed << ", row " << row << " of " << rows;
      ++row;
    }
    if (drawn.below(3) == 0) {
      GatherCursor third;
      desk.step(between.call(), third);
    }
  }
  ASSERT_EQ(row, rows);
}

TEST(BroadcastRun, GivesWhatTheSameValueInEveryRowGives) {
  for (std::uint32_t seed = 0; seed < 3'000 && !::testing::Test::HasFailure(); ++seed) compare(seed);
}

// Eight features of broadcast fields alone, of numbers and texts, and one that every row has for itself.
struct TwoKinds {
  TwoKinds() {
    fields = {number_field("age"), text_field("city", "ams"), number_field("price")};
    spec.steps = {NumberStep{"age", "age0"},
                  NumberStep{"price", "price0"},
                  ArithmeticStep{ArithmeticStep::Op::kSubtract, "age0", "age1", 38},
                  ArithmeticStep{ArithmeticStep::Op::kDivide, "age1", "age2", 12},
                  ArithmeticStep{ArithmeticStep::Op::kDivide, "price0", "price2", 12},
                  BinsStep{.in = "age0", .out = "bins", .edges = {18, 65}},
                  QuantileStep{.in = "age0", .out = "place", .quantiles = {18, 65}, .references = {0, 1}},
                  PowerStep{.in = "age0", .out = "power", .lambda = 0.5},
                  LabelStep{.field = "city", .out = "label", .classes = {"ams", "ber"}, .unseen = {}},
                  OnehotStep{.field = "city", .categories = {"ams", "ber"}, .drop = {}, .outs = {"ams", "ber"}, .unseen = {}},
                  text_is_missing("city", "none", std::numeric_limits<double>::quiet_NaN())};
    spec.features = {"age2", "bins", "place", "power", "label", "ams", "ber", "none", "price2"};
    body.start(3, 300);
    body.set_broadcast(0, Cell::integer(41));
    body.set_broadcast_text(1, "ber");
    for (std::uint16_t row = 0; row < 300; ++row) body.set(2, row, Cell::integer(row));
  }

  std::vector<Field> fields;
  PlanSpec spec;
  wire::CallBody body;
};
constexpr std::uint32_t kOfBroadcast = 8;  // features

// Features of the tile's rows that are `mark` in all of them.
std::uint32_t marked(const Desk& desk, float mark, std::uint32_t rows) {
  std::uint32_t count = 0;
  for (std::uint32_t j = 0; j <= kOfBroadcast; ++j) {
    std::uint32_t row = 0;
    while (row < rows && desk.feature(row, j) == mark) ++row;
    count += row == rows ? 1 : 0;
  }
  return count;
}

// Writes `mark` over everything that is kept for the call's next tiles. How many columns that is.
std::uint32_t mark_kept(Desk& desk, double mark) {
  const std::vector<std::uint8_t>& kept = desk.scratch().broadcast().columns;
  for (std::size_t column = 0; column < kept.size(); ++column) {
    if (kept[column] != 0) std::fill_n(desk.scratch().columns() + column * kTileRows, kTileRows, mark);
  }
  return static_cast<std::uint32_t>(std::ranges::count(kept, 1));
}

TEST(BroadcastRun, PreparesWhatDependsOnBroadcastFieldsOnceACall) {
  TwoKinds two;
  Desk desk(two.fields, two.spec);
  const Received sent(two.body);
  GatherCursor cursor;
  desk.step(sent.call(), cursor);
  EXPECT_EQ(desk.feature(63, 0), 0.25F);
  EXPECT_EQ(mark_kept(desk, 1234), kOfBroadcast) << "and nothing of the price";
  std::uint32_t tiles = 1;
  for (; cursor.next_row < 300; ++tiles) {
    const std::uint32_t rows = static_cast<std::uint32_t>(desk.step(sent.call(), cursor).size());
    EXPECT_EQ(marked(desk, 1234.0F, rows), kOfBroadcast) << "tile " << tiles << " prepared something again";
  }
  EXPECT_EQ(tiles, 5u);
}

TEST(BroadcastRun, PreparesAnewForAnotherCallAndAfterIt) {
  TwoKinds two;
  Desk desk(two.fields, two.spec);
  const Received sent(two.body), another(two.body);
  GatherCursor cursor, other;
  desk.step(sent.call(), cursor);
  mark_kept(desk, 1234);
  desk.step(another.call(), other);
  EXPECT_EQ(marked(desk, 1234.0F, 64), 0u);
  mark_kept(desk, 1234);
  desk.step(sent.call(), cursor);
  EXPECT_EQ(marked(desk, 1234.0F, 64), 0u);
  EXPECT_EQ(desk.feature(0, 0), 0.25F);
}

TEST(BroadcastRun, ATileThatOnlyWearsAnotherTilesPlanIsNotTakenForIt) {
  TwoKinds two;
  Desk desk(two.fields, two.spec), elsewhere(two.fields, two.spec);
  const Received sent(two.body);
  GatherCursor one, other;
  desk.step(sent.call(), one);
  elsewhere.step(sent.call(), other);
  EXPECT_NE(desk.tile().reading(), elsewhere.tile().reading());
  EXPECT_FALSE(desk.tile().holds(elsewhere.tile().reading()));
  EXPECT_FALSE(desk.tile().holds(0));
}

}  // namespace
}  // namespace ringside::engine::test
