// Which connected clients a switch would leave without answers, and why.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/bundle/problem.h"
#include "engine/traffic/table.h"

namespace ringside::engine {

// A connected client, and the hashes of the schemas that it declared.
struct Caller {
  std::string who;  // "client ads (uid 1000, pid 4321)"
  std::vector<std::uint64_t> schemas;
};

// What `to` refuses of what these callers declared and `draft.current` answers: one problem a caller and field, the caller where a file
// would stand. What the current version refuses as well does not stand in the way. REQUIRES: `to` is among draft.residents.
[[nodiscard]] BundleProblems callers_in_the_way(const std::vector<Caller>& callers, const TrafficDraft& draft,
                                                const Resident& to);

inline constexpr const char* kWouldRefuse =
    " would refuse rows of connected clients; nothing was changed; next: bring them up to date, or --force, and those rows are "
    "refused";

// "; refused from now on: client "ads" (uid 7, pid 9): age: expected int, found str": the first few, for the end of a message; empty: none.
[[nodiscard]] std::string consequence_of(const BundleProblems& problems);

}  // namespace ringside::engine
