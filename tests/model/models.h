// The protocols as the model checker sees them, and the two questions that are asked of one: does it hold, and does it still hold with one
// access weakened? This header is free of the checker, which replaces operator new and defines macros.
//
//   check(Model::kChannel, Search::kFull)                                                     → holds, 41,228 executions
//   check(Model::kChannel, Search::kFull, {.step = Step::kPollSeq, .role = Role::kWorker, .order = Order::kRelaxed})   → "data race …"
//
// Thread safety: one check at a time. Cost: up to seconds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schemas/wire/atomics.h"

namespace ringside::model {

enum class Model : std::uint8_t {
  kChannel,      // one slot, two entries: every entry and the slot is used again; both sides sleep
  kPipeline,     // two slots, three entries: a call is posted while another is under way
  kEngineGone,   // the engine answers and dies before it wakes its client
  kGrace,        // a worker that never sleeps; a pointer replaced, the old object freed
  kGraceAsleep,  // a worker that sleeps between any two passes
  kPins,         // an object is held over passes
  kClientGone,   // a channel leaves a worker that has a long call of it under way; ring and channel are freed
  kNewChannel,   // a channel comes to a worker that may be asleep, and is posted to at once
};
inline constexpr Model kModels[] = {Model::kChannel,     Model::kPipeline, Model::kEngineGone, Model::kGrace,
                                    Model::kGraceAsleep, Model::kPins,     Model::kClientGone, Model::kNewChannel};
[[nodiscard]] const char* name_of(Model model) noexcept;

enum class Role : std::uint8_t { kNobody, kClient, kWorker, kControl };

// One access, of one side, made with another order than the code asks for; or not made at all: a store is left out, a load finds 0.
struct Weakening {
  wire::Step step{};
  Role role = Role::kNobody;
  wire::Order order{};
  bool left_out = false;
};

// What the shipped code asked for in the checks so far, each once.
struct Access {
  wire::Step step{};
  Role role{};
  wire::Order order{};
};
[[nodiscard]] std::vector<Access> accesses_made();

struct Search {
  // kFull     every interleaving of the shortest run that shows the protocol; at every load the newest value that it may see and the one before
  // kBounded  the same of a longer run, but with at most `bound` switches of threads that could have gone on
  // kRandom   so many executions of the longer run by chance, that may see older values still
  enum class Kind : std::uint8_t { kFull, kBounded, kRandom } kind = Kind::kFull;
  std::uint64_t executions = 0;
  std::uint32_t bound = 0;
};

struct Verdict {
  bool holds = false;
  std::uint64_t executions = 0;
  std::string why;  // what went wrong, and the execution in which it did; empty when it holds
};

[[nodiscard]] Verdict check(Model model, const Search& search, const Weakening& weakening = {});

}  // namespace ringside::model
