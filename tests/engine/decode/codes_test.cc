// Goal: every code that decode can give, for every dtype, and all of a row together.
// Method: one table of what is sent to a field of each dtype; a code that a dtype cannot have has no line, and a test counts those.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <map>
#include <string>

#include "tests/engine/decode/sent_call.h"

namespace ringside::engine::test {
namespace {

using wire::Cell;
using wire::FieldCode;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
const std::array kDtypes{Dtype::kInt, Dtype::kFloat, Dtype::kStr, Dtype::kBool};

// Something of field `name` in column `column` of a one-row call that is wrong in the way of its code.
using Wrong = std::function<void(wire::CallBody& body, std::uint16_t column, const std::string& name)>;
using Rules = std::function<void(Field& field)>;

struct Line {
  FieldCode code;
  Wrong send;
  Rules rules = [](Field&) {};
  std::array<bool, 4> can_be = {true, true, true, true};  // int, float, str, bool
};

Wrong cell(Cell value) {
  return [value](wire::CallBody& body, std::uint16_t column, const std::string&) { body.set(column, 0, value); };
}
Wrong text(std::string value) {
  return [value](wire::CallBody& body, std::uint16_t column, const std::string&) { body.set_text(column, 0, value); };
}

Cell good(Dtype dtype) { return dtype == Dtype::kFloat ? Cell::real(1.5) : Cell::integer(1); }

const std::vector<Line>& lines() {
  static const std::vector<Line> kLines{
      {FieldCode::kMissingRequired, cell(Cell::null()), [](Field& field) { field.required = true; }},
      {FieldCode::kMissingRequired, cell(Cell::absent()), [](Field& field) { field.required = true; }},
      {FieldCode::kNullNotAllowed, cell(Cell::real(kNaN)), [](Field& field) { field.on_missing = OnMissing::kReject; }},
      {FieldCode::kTypeMismatch, cell(Cell::boolean(true)), [](Field&) {}, {true, true, true, false}},
      {FieldCode::kTypeMismatch, text("1"), [](Field&) {}, {true, true, false, true}},
      {FieldCode::kTypeMismatch, cell(Cell::refused(FieldCode::kTypeMismatch))},
      {FieldCode::kIntFraction, cell(Cell::real(1.5)), [](Field&) {}, {true, false, false, false}},
      {FieldCode::kIntRange, cell(Cell::real(1e300)), [](Field&) {}, {true, false, false, false}},
      {FieldCode::kIntRange, cell(Cell::refused(FieldCode::kIntRange))},
      {FieldCode::kNotFinite, cell(Cell::real(kInfinity)), [](Field&) {}, {true, true, false, false}},
      {FieldCode::kOutOfRange, cell(Cell::integer(9)), [](Field& field) { field.high = 8; }, {true, true, false, false}},
      {FieldCode::kOutOfRange, text("9"), [](Field& field) { field.allowed = {"8"}; }, {false, false, true, false}},
      {FieldCode::kBadUtf8, text("\xff"), [](Field&) {}, {false, false, true, false}},
      {FieldCode::kTooLong, text(std::string(4'097, 'x'))},
      {FieldCode::kDuplicateField,
       [](wire::CallBody& body, std::uint16_t column, const std::string& name) {
         body.set(column, 0, Cell::null());
         body.add_named(0, name, Cell::null());
       }},
      {FieldCode::kExtraField,
       [](wire::CallBody& body, std::uint16_t, const std::string& name) { body.add_named(0, "not " + name, Cell::null()); }},
  };
  return kLines;
}

std::string field_name(Dtype dtype, std::size_t line) {
  return "f" + std::to_string(static_cast<int>(dtype)) + "_" + std::to_string(line);
}

TEST(Codes, EachForEveryDtypeThatCanHaveIt) {
  for (std::size_t number = 0; number < lines().size(); ++number) {
    const Line& line = lines()[number];
    for (std::size_t i = 0; i < kDtypes.size(); ++i) {
      if (!line.can_be[i]) continue;
      Field field{.name = field_name(kDtypes[i], number), .dtype = kDtypes[i], .on_missing = OnMissing::kPass};
      line.rules(field);
      const InputSchema schema({field}, true);
      wire::CallBody body;
      body.start(1, 1);
      line.send(body, 0, field.name);
      const std::string row = gather_row(body, schema);
      EXPECT_NE(row.find(" " + std::string(wire::name(line.code))), std::string::npos)
          << field.name << " should be " << wire::name(line.code) << ": " << row;
      EXPECT_EQ(row.find(';'), std::string::npos) << "one thing is wrong: " << row;
    }
  }
}

TEST(Codes, EveryOneThatDecodeGivesStandsInTheTable) {
  std::map<FieldCode, int> seen;
  for (const Line& line : lines()) ++seen[line.code];
  for (std::uint8_t code = 1; code < wire::kFieldCodeCount; ++code) {
    const auto one = static_cast<FieldCode>(code);
    // Preprocess knows the encoders (plan_test); what concerns a whole call is no field's (call_test, worker_test).
    const bool elsewhere = one == FieldCode::kUnknownCategory || one == FieldCode::kSchemaMismatch ||
                           one == FieldCode::kBatchSize || one == FieldCode::kMalformed;
    EXPECT_EQ(seen.contains(one), !elsewhere) << wire::name(one);
  }
}

// As many fields as a row has room for errors, each wrong in its own way.
TEST(Codes, AllOfARowAreToldTogetherInSchemaOrder) {
  std::vector<Field> fields;
  std::vector<std::pair<const Line*, std::string>> wrong;
  for (std::size_t number = 0; number < lines().size(); ++number) {
    const Line& line = lines()[number];
    for (std::size_t i = 0; i < kDtypes.size(); ++i) {
      if (!line.can_be[i] || line.code == FieldCode::kExtraField || wrong.size() == wire::kRowErrorsMax) continue;
      Field field{.name = field_name(kDtypes[i], number), .dtype = kDtypes[i], .on_missing = OnMissing::kPass};
      line.rules(field);
      wrong.emplace_back(&line, field.name);
      fields.push_back(std::move(field));
    }
  }
  ASSERT_EQ(wrong.size(), wire::kRowErrorsMax);
  const InputSchema schema(fields, true);
  wire::CallBody body;
  body.start(static_cast<std::uint16_t>(fields.size()), 1);
  for (std::size_t i = 0; i < wrong.size(); ++i) wrong[i].first->send(body, static_cast<std::uint16_t>(i), wrong[i].second);
  std::string row = gather_row(body, schema) + ";";
  for (const auto& [line, name] : wrong) {
    const std::string expected = name + " " + std::string(wire::name(line->code));
    EXPECT_EQ(row.substr(0, expected.size()), expected) << row;
    row.erase(0, std::min(row.size(), row.find(';') + 2));
  }
  EXPECT_EQ(row, "");
}

// The control: the same fields, nothing wrong.
TEST(Codes, NoneOfThemWhereNothingIsWrong) {
  for (const Dtype dtype : kDtypes) {
    const InputSchema schema({Field{.name = "x", .dtype = dtype, .required = true}}, true);
    wire::CallBody body;
    body.start(1, 1);
    if (dtype == Dtype::kStr) {
      body.set_text(0, 0, "1");
    } else {
      body.set(0, 0, good(dtype));
    }
    EXPECT_EQ(gather_row(body, schema).find("x="), 0U);
  }
}

}  // namespace
}  // namespace ringside::engine::test
