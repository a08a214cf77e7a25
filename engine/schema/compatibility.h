// Can the callers of a client schema be served by a bundle? What an adapter cannot bridge: columns whose rows the bundle would refuse,
// whatever stands in them.
//
//   client   age int · income str · zip str          bundle   age int · income float · segment str, required
//   in the way   income: declared str, taken as float · zip: no such field · segment: required, not declared
//
// Bridged without a word: another order, a field that the client does not know and the bundle fills, int for float, a column of another
// bundle's optional field, columns without a declared dtype, and under `coerce: pandas` every dtype.
//
// Thread safety: pure. Control path: it allocates.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/schema/adapter.h"
#include "engine/schema/input_schema.h"

namespace ringside::engine {

struct Obstacle {
  enum class Kind : std::uint8_t { kNoSuchField, kNotDeclared, kOtherDtype } kind;
  std::string field;
  Dtype declared = Dtype::kAny, taken = Dtype::kAny;

  bool operator==(const Obstacle&) const = default;
};

// `known_elsewhere(name)`: as for make_adapter. Columns first, in the client's order, then fields that it did not declare.
[[nodiscard]] std::vector<Obstacle> obstacles_between(const ClientSchema& client, const InputSchema& schema,
                                                      const std::function<bool(const std::string& name)>& known_elsewhere);

// Some value of `declared` is a value of `taken` under the strict rules, and none is of the wrong kind: an int that a float field takes.
[[nodiscard]] bool dtype_fits(Dtype declared, Dtype taken) noexcept;

}  // namespace ringside::engine
