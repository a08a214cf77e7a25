// The traffic table: which bundle answers, as one immutable value. Workers obtain it once a pass (publisher.h) and so see one consistent set
// of roles for the whole pass.
//
//   call ──▶ route() (route.h) ──▶ Resident (bundle + workspaces)      adapter(schema hash, resident) ──▶ columns → fields
//
// Thread safety: immutable but for pins and counts, whose every slot has one worker as its writer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/bundle/bundle.h"
#include "engine/bundle/workspace.h"
#include "engine/counters/arm_counters.h"
#include "engine/counters/counters.h"
#include "engine/drift/counters.h"
#include "engine/epoch/pin_count.h"
#include "engine/schema/adapter.h"
#include "engine/shadow/comparison.h"
#include "engine/traffic/roles.h"
#include "schemas/wire/limits.h"

namespace ringside::engine {

// A bundle that can answer, with the memory that each worker needs for it.
struct Resident {
  Resident(std::shared_ptr<const Bundle> loaded, std::uint32_t directory_ordinal, std::uint32_t workers);

  struct alignas(wire::kPairBytes) PerWorker {
    std::unique_ptr<Workspace> workspace;
    Counter answered_rows;
    Counter compared_rows, differing_rows;  // of calls with several versions: scored by the first of them, too / with other bits
    VersionArms arms;  // what guards judge by
  };

  std::shared_ptr<const Bundle> bundle;
  mutable DriftCounters drift;  // each worker counts into memory of its own
  std::uint32_t ordinal;  // in the directory
  Adapter positional;     // identity
  mutable std::vector<PerWorker> by_worker;
};

// The optional fields of a bundle in models/ that is known and not loaded yet: callers may send them already.
struct AnnouncedFields {
  std::string directory;  // by its name in models/
  std::vector<std::string> names;

  bool operator==(const AnnouncedFields&) const = default;
};

// What a table is made of; edited by control threads, frozen by TrafficTable.
struct TrafficDraft {
  std::vector<std::shared_ptr<const Resident>> residents;
  std::shared_ptr<const Resident> current, previous;        // null: none; always among residents
  std::vector<std::pair<std::string, std::string>> labels;  // label → version, as bundles bring them
  OperatorRoles roles;
  std::vector<std::shared_ptr<const ClientSchema>> schemas;  // distinct by hash
  std::vector<AnnouncedFields> announced;
  std::shared_ptr<ShadowComparison> comparison = {};  // of current and shadow; TrafficTable makes it, and keeps it while neither changes

  [[nodiscard]] std::shared_ptr<const Resident> find(std::string_view version) const;
  // Operators' labels, then those that bundles bring and no operator took.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> all_labels() const;
  // The version that answers to a label: an operator's word, else a bundle's own. Null: no such label.
  [[nodiscard]] const std::string* version_of_label(std::string_view label) const noexcept;
  // "current", "previous", "canary", "shadow", "pinned", "label:prod", in this order. A bundle that has one cannot retire.
  [[nodiscard]] std::vector<std::string> roles_of(std::string_view version) const;
};

// The fields that `own` lacks and some other bundle, resident or announced, has as optional: a caller may send them to either.
[[nodiscard]] TextIndex only_elsewhere(const TrafficDraft& draft, const Resident& own);

class TrafficTable {
 public:
  TrafficTable(TrafficDraft draft, std::uint32_t workers);

  // Index of a resident in this table; kNone: there is none.
  using Index = std::uint32_t;
  static constexpr Index kNone = 0xFFFF'FFFF;

  [[nodiscard]] Index current() const noexcept { return current_; }
  [[nodiscard]] Index canary() const noexcept { return canary_; }
  // Who scores current's rows once more. A null comparison: nobody, or one that cannot be compared.
  struct Shadowing {
    ShadowComparison* comparison = nullptr;
    const Resident* resident = nullptr;
    Index index = kNone;      // of that resident
    std::uint64_t share = 0;  // of 2^32 rows
  };
  [[nodiscard]] const Shadowing& shadowing() const noexcept { return shadowing_; }
  // The route key or the tags of a call may decide: there is a canary or a pin, and its bundle is resident.
  [[nodiscard]] bool routes_by_key() const noexcept { return routes_by_key_; }
  // kNone: not pinned, or to a version that is not resident.
  [[nodiscard]] Index pinned_to(PinKind kind, std::string_view text) const noexcept {
    const std::uint16_t version = draft_.roles.pins->find(kind, text);
    return version == PinIndex::kAbsent ? kNone : pin_targets_[version];
  }
  [[nodiscard]] Index find_version(std::string_view version) const noexcept;
  [[nodiscard]] Index find_label(std::string_view label) const noexcept;
  [[nodiscard]] const Resident& resident(Index index) const noexcept { return *draft_.residents[index]; }

  // The first resident whose schema gathers as this one's does (it may be itself): what was gathered for one serves the other.
  [[nodiscard]] Index first_alike(Index index) const noexcept { return first_alike_[index]; }

  // Null: no connected client declared a schema of this hash and width.
  [[nodiscard]] const Adapter* adapter(std::uint64_t schema_hash, std::uint16_t columns, Index resident) const noexcept;

  // A call that outlives a pass keeps its table, and with it its bundle. One writer a worker.
  // pin() is called while the grace period still protects the table.
  void pin(std::uint32_t worker) const noexcept { pins_[worker].add(1); }
  void unpin(std::uint32_t worker) const noexcept { pins_[worker].add(-1); }
  [[nodiscard]] bool pinned() const noexcept;

  [[nodiscard]] const TrafficDraft& draft() const noexcept { return draft_; }

 private:
  void begin_shadowing();

  TrafficDraft draft_;
  Index current_ = kNone, canary_ = kNone;
  bool routes_by_key_ = false;
  Shadowing shadowing_;
  std::vector<Index> pin_targets_;  // by index in roles.pins->versions()
  std::vector<std::pair<std::string, Index>> labels_;
  std::vector<Index> first_alike_;            // by resident
  std::vector<std::uint64_t> schema_hashes_;  // parallel to draft_.schemas
  std::vector<TextIndex> elsewhere_;          // by resident: optional fields that only others have, or will have
  std::vector<Adapter> adapters_;             // schema × residents + resident
  std::uint32_t workers_;
  std::unique_ptr<PinCount[]> pins_;  // by worker
};

}  // namespace ringside::engine
