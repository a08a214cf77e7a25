// What a Client and its Channels share: the options, the connection of the moment, the schemas to declare again after the
// next reconnect, and which channels are taken.
//
// Thread safety: any thread; one lock. Cost: nothing here is on the hot path, but for connection_lost(), when there is something
// to do.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <ringside/client.h>

#include "client_lib/connect/connection.h"
#include "client_lib/connect/fork_watch.h"
#include "client_lib/protection/circuit_breaker.h"
#include "client_lib/protection/retry_budget.h"
#include "client_lib/waiting/patience.h"

namespace ringside::detail {

class ClientCore {
 public:
  static Result<std::shared_ptr<ClientCore>, ConnectError> connect(const ClientOptions& options);

  [[nodiscard]] std::shared_ptr<Connection> connection() const;
  // Asked first by everything that would take the lock: in a forked child another thread may have held it for ever.
  [[nodiscard]] bool connection_is_forked() const noexcept { return fork_generation_ != ringside::fork_generation(); }
  [[nodiscard]] const WaitLimits& wait_limits() const noexcept { return wait_limits_; }
  // What protects the engine from its callers and them from it; off unless the options say otherwise.
  [[nodiscard]] CircuitBreaker& breaker() noexcept { return breaker_; }
  [[nodiscard]] RetryBudget& retries() noexcept { return retries_; }
  [[nodiscard]] std::uint32_t attempts() const noexcept { return options_.retry.attempts; }
  // How long a call without a deadline tries to reconnect.
  [[nodiscard]] std::uint64_t patience_ns() const noexcept;

  // A connection that lives, or null: tries to reconnect until `until_ns`, at least once. Schemas that are still in use are
  // declared again.
  std::shared_ptr<Connection> living_connection(std::uint64_t until_ns);

  // Deduplicates: the same list gives the same state.
  Result<std::shared_ptr<const SchemaState>, SchemaError> declare(std::vector<FieldDecl> fields);

  // A channel number for one thread; none when all are taken.
  std::optional<std::uint32_t> take_channel();
  void give_back_channel(std::uint32_t channel);

 private:
  ClientCore(ClientOptions options, std::shared_ptr<Connection> connection);
  Result<std::shared_ptr<Connection>, ConnectError> reconnect_once(std::uint64_t until_ns);  // REQUIRES: mutex_ is held

  const ClientOptions options_;
  const std::uint32_t fork_generation_ = ringside::fork_generation();
  WaitLimits wait_limits_;
  CircuitBreaker breaker_;
  RetryBudget retries_;
  mutable std::mutex mutex_;
  std::shared_ptr<Connection> connection_;  // never null; dead until replaced
  std::vector<std::weak_ptr<const SchemaState>> schemas_;
  std::uint64_t channels_taken_ = 0;  // one bit a channel
};

}  // namespace ringside::detail
