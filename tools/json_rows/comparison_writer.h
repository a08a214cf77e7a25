// The answers of several versions to one row → one line of JSON.
//
//   two     {"request_id":…,"row":0,"v1":{…},"v2":{…},"delta":-0.0125,"label_delta":0}
//   more    {"request_id":…,"row":0,"versions":[{…},{…},{…}],"deltas":[…],"label_deltas":[…]}     against the first, one for each other
//
// Each version's object is what write_row() makes of its answer. Thread safety: no state. Cost: one pass, appends to `out`.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <ringside/prediction.h>

#include "tools/json_rows/result_writer.h"

namespace ringside {

// The second answer's numbers less the first's, in float64: of scores, or by class where the models have several. Empty where either has
// no score, or they have not as many.
[[nodiscard]] std::vector<double> score_delta(const RowAnswer& first, const RowAnswer& second);

// Of labels that are numbers: the second less the first; of others: 0 where they are the same, else 1. None: one has no label.
[[nodiscard]] std::optional<double> label_delta(const RowAnswer& first, const RowAnswer& second);

// REQUIRES: two answers or more, to the same row. Appends the object and '\n'.
void write_comparison(std::string& out, std::span<const RowAnswer> answers, const RowContext& context);

}  // namespace ringside
