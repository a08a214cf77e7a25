// tests/golden/loan_default_demo.jsonl: raw rows with the bits that Python computed for each committed version.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <ringside/client.h>

namespace ringside::testing {

struct Expected {
  std::vector<std::uint32_t> features, margins, values;  // float32 bits
  std::string label;
};

struct DemoRow {
  std::vector<std::pair<std::string, std::variant<std::int64_t, double, std::string>>> cells;
  std::map<std::string, Expected> by_version;
};

[[nodiscard]] const std::vector<DemoRow>& demo_rows();

// Every field that any demo row has.
[[nodiscard]] std::vector<FieldDecl> demo_fields();

void fill(Row& row, const DemoRow& from);
void fill(Batch& batch, std::size_t index, const DemoRow& from);

// Empty when the answer is Python's for the version that it names, in every bit; else what differs.
[[nodiscard]] std::string difference(const RowAnswer& answer, const DemoRow& row);

}  // namespace ringside::testing
