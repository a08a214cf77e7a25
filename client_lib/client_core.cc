#include "client_lib/client_core.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <thread>
#include <utility>

#include "client_lib/base/clock.h"
#include "client_lib/base/processors.h"
#include "client_lib/connect/socket_path.h"

namespace ringside::detail {
namespace {

std::uint64_t after(std::chrono::milliseconds duration) {
  const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count();
  return base::monotonic_ns() + static_cast<std::uint64_t>(std::max<std::int64_t>(ns, 0));
}

WaitLimits limits_for(Wait wait) {
  switch (wait) {
    case Wait::kSpin:
      return {.may_sleep = false};
    case Wait::kPark:
      return {};
    case Wait::kAdaptive:
      break;
  }
  return {.may_sleep = true, .spin_ns = base::adaptive_spin_ns(base::count_processors())};
}

std::optional<ConnectError> refused_options(const ClientOptions& options) {
  const auto bad = [](std::string message) { return ConnectError{ConnectErrorCode::kBadOptions, std::move(message)}; };
  if (options.channels < 1 || options.channels > wire::kChannelsMax) {
    return bad("channels is " + std::to_string(options.channels) + "; 1 to " + std::to_string(wire::kChannelsMax) +
               " are allowed");
  }
  if (!(options.retry.budget >= 0 && options.retry.budget <= 1)) return bad("retry.budget is a share of calls, from 0 to 1");
  if (options.breaker.open_for.count() < 0) return bad("breaker.open_for is not negative");
  if (options.arena_bytes > wire::kArenaBytesMax) {
    return bad("arena_bytes is " + std::to_string(options.arena_bytes) + "; at most " + std::to_string(wire::kArenaBytesMax) +
               " are allowed");
  }
  return std::nullopt;
}

}  // namespace

ClientCore::ClientCore(ClientOptions options, std::shared_ptr<Connection> connection)
    : options_(std::move(options)),
      wait_limits_(limits_for(options_.wait)),
      breaker_(options_.breaker.failures, static_cast<std::uint64_t>(std::chrono::nanoseconds(options_.breaker.open_for).count())),
      retries_(options_.retry.budget),
      connection_(std::move(connection)) {}

Result<std::shared_ptr<ClientCore>, ConnectError> ClientCore::connect(const ClientOptions& options) {
  if (auto refused = refused_options(options)) return fail(*std::move(refused));
  const auto path = find_socket(options);
  if (!path) return fail(path.error());
  auto connection = Connection::open(*path, options, 1, after(options.connect_timeout));
  if (!connection) return fail(std::move(connection).error());
  ClientOptions kept = options;
  kept.socket = *path;  // a reconnect goes to the same task, whatever else appears in run_dir
  return std::shared_ptr<ClientCore>(new ClientCore(std::move(kept), *std::move(connection)));
}

std::uint64_t ClientCore::patience_ns() const noexcept {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(std::chrono::nanoseconds(options_.connect_timeout).count(), 0));
}

std::shared_ptr<Connection> ClientCore::connection() const {
  const std::scoped_lock lock(mutex_);
  return connection_;
}

Result<std::shared_ptr<Connection>, ConnectError> ClientCore::reconnect_once(std::uint64_t until_ns) {
  auto opened = Connection::open(options_.socket, options_, connection_->generation() + 1, until_ns);
  if (!opened) return opened;
  std::erase_if(schemas_, [](const auto& weak) { return weak.expired(); });
  for (const auto& weak : schemas_) {
    const auto schema = weak.lock();
    if (schema == nullptr) continue;
    if (auto declared = (*opened)->declare(*schema, until_ns); !declared && (*opened)->is_dead()) {
      return fail(ConnectError{ConnectErrorCode::kUnreachable, declared.error().message});
    }
  }
  connection_ = *opened;
  return opened;
}

std::shared_ptr<Connection> ClientCore::living_connection(std::uint64_t until_ns) {
  auto pause = std::chrono::milliseconds(1);
  while (true) {
    {
      const std::scoped_lock lock(mutex_);
      if (!connection_->is_dead()) return connection_;
      // At least a millisecond for one attempt: a deadline in the past may not be the reason to miss an engine that is there.
      const std::uint64_t least = base::monotonic_ns() + 1'000'000;
      if (auto opened = reconnect_once(std::max(least, std::min(until_ns, after(options_.connect_timeout)))); opened)
        return *opened;
    }
    const std::uint64_t now = base::monotonic_ns();
    if (now >= until_ns) return nullptr;
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(pause, std::chrono::nanoseconds(until_ns - now)));
    pause = std::min(pause * 2, std::chrono::milliseconds(20));
  }
}

Result<std::shared_ptr<const SchemaState>, SchemaError> ClientCore::declare(std::vector<FieldDecl> fields) {
  auto made = make_schema_state(std::move(fields), wire::Encoding::kHandles);
  if (!made) return made;
  const std::uint64_t until_ns = after(options_.connect_timeout);
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto living = living_connection(until_ns);
    if (living == nullptr) break;
    const std::scoped_lock lock(mutex_);
    if (living != connection_) continue;
    for (const auto& weak : schemas_) {
      auto known = weak.lock();
      if (known != nullptr && known->hash == (*made)->hash && known->fields == (*made)->fields) return known;
    }
    auto declared = connection_->declare(**made, until_ns);
    if (declared) {
      schemas_.push_back(*made);
      return *made;
    }
    if (declared.error().code == SchemaErrorCode::kBadSchema) return fail(std::move(declared).error());
  }
  return fail(SchemaError{SchemaErrorCode::kUnreachable, "no engine answers at " + options_.socket + ": is ringsided running?"});
}

std::optional<std::uint32_t> ClientCore::take_channel() {
  const std::scoped_lock lock(mutex_);
  const auto channel = static_cast<std::uint32_t>(std::countr_one(channels_taken_));
  if (channel >= connection_->grant().shape.channels) return std::nullopt;
  channels_taken_ |= std::uint64_t{1} << channel;
  return channel;
}

void ClientCore::give_back_channel(std::uint32_t channel) {
  const std::scoped_lock lock(mutex_);
  channels_taken_ &= ~(std::uint64_t{1} << channel);
}

}  // namespace ringside::detail
