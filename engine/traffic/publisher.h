// The one pointer through which workers see the traffic table, and the one place that changes it.
//
//   worker, once a pass:   const TrafficTable& table = publisher.acquire();
//   control thread:        publisher.update([&](TrafficDraft& draft) { draft.current = fresh; });
//
//   [PUBLISH] and [ONLINE] (epoch/published.h, epoch/quiescence.h) order the two.
//
// Thread safety: acquire() by workers between online() and offline(); everything else by any control thread, one after the other.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include <ringside/result.h>

#include "engine/epoch/published.h"
#include "engine/epoch/reclaimer.h"
#include "engine/traffic/directory.h"
#include "engine/traffic/table.h"

namespace ringside::engine {

class TrafficPublisher {
 public:
  TrafficPublisher(std::uint32_t workers, Reclaimer& reclaimer, Directory& directory);
  // REQUIRES: workers have stopped.
  ~TrafficPublisher();

  // Valid until the worker's next quiet(), or longer while pinned.
  [[nodiscard]] const TrafficTable& acquire() const noexcept { return table_.read(); }

  // Copies the draft of the serving table, lets `edit` change it, publishes the result, retires the old one. `edit` runs under the lock that
  // orders updates; it must not load or wait.
  void update(const std::function<void(TrafficDraft&)>& edit);

  // A copy of what serves now, for control threads.
  [[nodiscard]] TrafficDraft snapshot() const;

  // Makes a bundle ready to answer: a directory entry and workspaces. Publishes nothing. Error: the directory is full.
  Result<std::shared_ptr<const Resident>, std::string> admit(std::shared_ptr<const Bundle> bundle);

  // A client declared these columns / no longer needs them. Equal lists are kept once. Error: another list with the same hash.
  Result<Done, std::string> add_schema(ClientSchema schema);
  void drop_schema(std::uint64_t hash);

 private:
  struct SchemaUse {
    std::shared_ptr<const ClientSchema> schema;
    std::uint32_t users;
  };
  void publish(TrafficDraft draft);  // REQUIRES: mutex_ held

  std::uint32_t workers_;
  Reclaimer& reclaimer_;
  Directory& directory_;
  mutable std::mutex mutex_;
  std::vector<SchemaUse> schema_uses_;
  Published<TrafficTable> table_;
};

}  // namespace ringside::engine
