#include "engine/traffic/publisher.h"

#include <algorithm>
#include <utility>

namespace ringside::engine {

TrafficPublisher::TrafficPublisher(std::uint32_t workers, Reclaimer& reclaimer, Directory& directory)
    : workers_(workers), reclaimer_(reclaimer), directory_(directory), table_(new TrafficTable({}, workers)) {}

TrafficPublisher::~TrafficPublisher() { delete table_.mine(); }

void TrafficPublisher::publish(TrafficDraft draft) {
  const std::uint32_t current = draft.current ? draft.current->ordinal : wire::kNoVersion;
  const TrafficTable* old = table_.replace(new TrafficTable(std::move(draft), workers_));
  directory_.set_current(current);
  reclaimer_.retire([old] { delete old; }, [old] { return !old->pinned(); });
}

void TrafficPublisher::update(const std::function<void(TrafficDraft&)>& edit) {
  const std::lock_guard lock(mutex_);
  TrafficDraft draft = table_.mine()->draft();  // only holders of the lock replace it
  edit(draft);
  publish(std::move(draft));
}

TrafficDraft TrafficPublisher::snapshot() const {
  const std::lock_guard lock(mutex_);
  return table_.mine()->draft();  // the lock keeps it from being retired meanwhile
}

Result<std::shared_ptr<const Resident>, std::string> TrafficPublisher::admit(std::shared_ptr<const Bundle> bundle) {
  const auto ordinal = [&] {
    const std::lock_guard lock(mutex_);
    return directory_.add(*bundle);
  }();
  if (!ordinal) return fail(ordinal.error());
  // Workspaces take megabytes to touch: not under the lock, for the door waits on it when a client declares a schema.
  return std::shared_ptr<const Resident>(std::make_shared<Resident>(std::move(bundle), *ordinal, workers_));
}

Result<Done, std::string> TrafficPublisher::add_schema(ClientSchema schema) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(schema_uses_, [&](const SchemaUse& use) { return use.schema->hash == schema.hash; });
  if (found != schema_uses_.end()) {
    if (found->schema->columns != schema.columns) return fail(std::string("another list of columns has the same hash: reorder yours"));
    ++found->users;
    return Done{};
  }
  schema_uses_.push_back({std::make_shared<const ClientSchema>(std::move(schema)), 1});
  TrafficDraft draft = table_.mine()->draft();
  draft.schemas.push_back(schema_uses_.back().schema);
  publish(std::move(draft));
  return Done{};
}

void TrafficPublisher::drop_schema(std::uint64_t hash) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(schema_uses_, [&](const SchemaUse& use) { return use.schema->hash == hash; });
  if (found == schema_uses_.end() || --found->users != 0) return;
  TrafficDraft draft = table_.mine()->draft();
  std::erase(draft.schemas, found->schema);
  schema_uses_.erase(found);
  publish(std::move(draft));
}

}  // namespace ringside::engine
