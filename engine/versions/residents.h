// The bundles that are known, and those of them that are loaded: from a directory in models/ to a resident that answers by version, and out again.
// Which of them has which role is decided elsewhere (versions.cc).
//
// Thread safety: list() and the const members from any thread; everything else on the loader thread alone. The lock covers the catalog, never
// a load.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <ringside/result.h>

#include "engine/traffic/table.h"
#include "engine/versions/catalog.h"
#include "engine/versions/retired_bundles.h"
#include "engine/versions/versions.h"

namespace ringside::engine {

[[nodiscard]] std::string version_or_none(const std::shared_ptr<const Resident>& resident);
void add_resident(TrafficDraft& draft, const std::string& directory_name, const std::shared_ptr<const Resident>& resident);

class Residents {
 public:
  using Loaded = Result<std::shared_ptr<const Resident>, SwitchOutcome>;

  Residents(const Versions::Options& options, TrafficPublisher& traffic) : options_(options), traffic_(traffic) {}

  // Notes what models/ holds now, and which version each directory holds. Returns the directories that are worth a try, those that are
  // called as their version before others, so that a copy under another name is the one that is refused; and announces them.
  std::vector<std::string> scan();

  // An operator may name a version by itself, by its directory or by its label.
  struct Asked {
    std::string directory, version;  // the directory's name in models/
  };
  [[nodiscard]] Asked version_asked(const TrafficDraft& draft, const std::string& asked) const;

  [[nodiscard]] bool is_known(const std::string& name) const;  // as a version, or as a directory of models/

  // Reads and verifies; publishes nothing. REQUIRES: `name` is a directory's, under which its entry stands.
  Loaded load(const std::string& name, const std::string& directory);
  // Before a load: is there memory for it? What an operator wants to answer sets aside bundles without a role, if that can be enough; a dry
  // run and what the engine does by itself do not. Before it is read, the size of its files says how much it may need; load()
  // judges what was measured. The value is null. Refused, too, while the bundle's last life is not over.
  Loaded make_room(const std::string& name, const std::string& directory, bool may_set_aside);

  // Whether a load of this directory could now end otherwise than the last time. kWaits: it is not whole, and was touched a moment ago.
  enum class Due : std::uint8_t { kNo, kWaits, kYes };
  [[nodiscard]] Due due(const std::string& name, bool at_once);
  // What due() said yes to; it answers by version then.
  void load_in_its_turn(const std::string& name);

  // A bundle without a role retires with its directory; one that has a role answers on, and that is told once.
  void retire_what_went();
  // What nobody holds any more is freed and gone. True: some of it is still held.
  bool settle_retiring();
  // Of bundles that nobody holds any more: settle_retiring() frees them.
  [[nodiscard]] RetiredBundles& retired() noexcept { return retired_; }

  [[nodiscard]] std::vector<VersionStatus> list() const;  // without roles and counts

  void record(VersionEvent event) const;
  void warn(const std::string& text) const;

 private:
  void announce(const std::vector<std::string>& directories);
  [[nodiscard]] Result<std::unique_ptr<Bundle>, BundleProblems> load_or_say(const std::string& directory) const;
  void set_state(const std::string& name, LoadState state, const std::string& directory);
  SwitchOutcome failed(const std::string& name, BundleProblems problems);
  [[nodiscard]] bool is_waiting(const std::string& name) const;
  [[nodiscard]] std::optional<BundleProblem> over_the_limit(const Bundle& bundle) const;
  bool retire(const std::string& name, const std::string& why);
  [[nodiscard]] std::uint64_t bytes_taken() const;
  [[nodiscard]] std::uint64_t bytes_with_a_role() const;
  bool wait_until_left(const std::string& name);
  [[nodiscard]] std::string oldest_without_role() const;

  const Versions::Options& options_;
  TrafficPublisher& traffic_;
  mutable std::mutex mutex_;
  Catalog catalog_;
  RetiredBundles retired_;
};

}  // namespace ringside::engine
