// One thread's calls, from a built row to an answer: what Channel promises, over a ChannelEnd and a Connection that may be
// replaced.
//
//   submit:  fork? · size · deadline · connection alive? · metadata · post · doorbell        → Ticket
//   wait:    spin or sleep · answer | deadline | engine gone                                 → Answer
//
// Thread safety: one thread at a time. Cost: as client.h says.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include <ringside/client.h>

#include "client_lib/answers/answer.h"
#include "client_lib/client_core.h"
#include "client_lib/connect/connection.h"
#include "client_lib/rows/rows_body.h"
#include "client_lib/waiting/patience.h"

namespace ringside::detail {

class ChannelUser {
 public:
  ChannelUser(std::shared_ptr<ClientCore> core, std::uint32_t channel);
  ChannelUser(const ChannelUser&) = delete;
  ChannelUser& operator=(const ChannelUser&) = delete;
  ~ChannelUser();

  Ticket submit(RowsBody& body, const CallOptions& options) noexcept { return post(body, {}, options); }
  // Of one call to several versions. REQUIRES: 1 to kTargetsMax targets, as many answers.
  Ticket submit(RowsBody& body, std::span<const Target> targets, const CallOptions& options) noexcept;
  [[nodiscard]] bool poll(const Ticket& ticket) noexcept;
  void wait(const Ticket& ticket, Answer& answer) noexcept;
  void wait(const Ticket& ticket, std::span<BatchResult> answers) noexcept;
  void forget(const Ticket& ticket) noexcept;
  void predict(RowsBody& body, std::span<const Target> targets, const CallOptions& options,
               std::span<BatchResult> answers) noexcept;
  void predict(RowsBody& body, const CallOptions& options, Answer& answer) noexcept;

 private:
  // `targets` empty: as the options say.
  Ticket post(RowsBody& body, std::span<const Target> targets, const CallOptions& options) noexcept;
  void predict_once(RowsBody& body, const CallOptions& options, Answer& answer) noexcept;
  // For the caller of a ticket: the breaker learns how it ended.
  void tell_breaker(const Ticket& ticket, const Answer& answer) noexcept;
  // Whether the call is to be made again, after the wait that this includes. `until_ns`: its deadline; 0: none.
  [[nodiscard]] bool try_again(const Answer& answer, std::uint32_t attempt, std::uint64_t until_ns) noexcept;
  // True: the engine's answer is there, for `verdict` to take from the call. False: `verdict` says why there is none.
  [[nodiscard]] bool await(const Ticket& ticket, Answer& verdict) noexcept;
  [[nodiscard]] bool has_connection(std::uint64_t now_ns, std::uint64_t until_ns) noexcept;
  [[nodiscard]] Lane& lane() noexcept { return connection_->lane(channel_); }
  // The call that a sent ticket stands for; null when it has ended with its connection, or was waited for.
  [[nodiscard]] ChannelEnd<>::Call* call_of(const Ticket& ticket) noexcept;
  void ring_if_asleep(ChannelEnd<>::Call& call) noexcept;

  std::shared_ptr<ClientCore> core_;
  std::uint32_t channel_;
  std::shared_ptr<Connection> connection_;
  Patience patience_;
  std::uint64_t next_look_ns_ = 0;  // poll(): when to look at the socket again
};

}  // namespace ringside::detail
