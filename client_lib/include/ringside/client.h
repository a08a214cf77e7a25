// Ask the engine on this host for a prediction.
//
//   auto client = ringside::Client::connect({.task = "loan_default"});
//   if (!client) return report(client.error().message);
//   auto schema = client->resolve({{"age", ringside::Dtype::kInt}, {"home", ringside::Dtype::kStr}});
//   ringside::Row row(*schema);
//   row.set(schema->handle("age"), 27);
//   ringside::Prediction answer = client->predict(row, {.deadline = 500us});
//
// Thread safety: predict, predict_batch, submit, poll, wait and forget of one Client, or of one Channel, belong to one thread at
// a time. Give each
//   further thread a channel of its own (open_channel). Everything else on a Client may be called from any thread.
// Cost: a call in the steady state does not allocate or lock; it enters the kernel only to wake an engine that sleeps or to sleep
// itself.
// When the engine dies, calls under way end with Status::kLost at once; the next call reconnects, and schemas stay valid.
// After fork() the child's calls end with unavailable (Reason::kForked): connect again there.
// Not supported: engines on another host.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ringside/prediction.h>
#include <ringside/result.h>
#include <ringside/row.h>
#include <ringside/schema.h>
#include <ringside/status.h>
#include <ringside/version.h>

namespace ringside {

namespace detail {
class ClientCore;
class ChannelUser;
}  // namespace detail

// How a thread waits for its answer.
enum class Wait : std::uint8_t {
  kSpin,  // never sleeps: the quickest answer; costs a core while it waits
  kAdaptive,  // spins while it finds answers that way, at most some wake-ups long (less on two CPUs or under a CPU quota), then sleeps
  kPark,  // sleeps at once
};

// Calls made again by predict and predict_batch where the engine rejected them, was unavailable or died: as many as a share of all calls allows,
// so that retries never multiply an overload. Waits as long as the engine asks for, within the deadline of the whole call; without a deadline,
// 10 ms at most. Of a call that ended lost a retry may be a second record. Never after a timeout.
struct RetryOptions {
  double budget = 0;           // of all calls, 0 to 1; 0.1: one in ten, ten saved up. 0: no call is made again
  std::uint32_t attempts = 3;  // of one call, the first included
};

// After `failures` calls in a row that timed out, were lost, or found the engine unavailable or overloaded, further calls end at once with
// unavailable (Reason::kBreakerOpen); after `open_for` one call at a time tries, and the first that is answered closes the breaker. Shared by
// all channels of a client.
struct BreakerOptions {
  std::uint32_t failures = 0;  // 0: there is no breaker
  std::chrono::milliseconds open_for{1'000};
};

struct ClientOptions {
  std::string socket{};        // path of data.sock; empty: <run_dir>/<task>/data.sock
  std::string run_dir{};       // empty: without root $XDG_RUNTIME_DIR/ringside if it exists, else /run/ringside
  std::string task{};          // empty: the only one in run_dir
  std::string name{};          // what operators see; at most 63 bytes. Empty: the program's name
  std::uint32_t channels = 4;  // threads that may call at the same time, the Client's own included; 1 to 64
  Wait wait = Wait::kAdaptive;
  std::chrono::milliseconds connect_timeout{1'000};
  std::size_t arena_bytes =
      0;  // request memory, and as much for results, a channel; 0: 8 MiB. Taken from the system when touched
  RetryOptions retry{};        // off
  BreakerOptions breaker{};    // off
};

enum class ConnectErrorCode : std::uint8_t {
  kBadOptions,      // said before anything was tried
  kNotFound,        // no socket there: no engine, or another run_dir or task
  kAmbiguousTask,   // several tasks in run_dir: name one
  kUnreachable,     // a socket, but nobody answers
  kNotAllowed,      // this user may not connect
  kLayoutMismatch,  // engine and library were built from different layouts: upgrade the older one
  kTooMany,         // clients, channels or bytes beyond the engine's limits
  kStopping,        // the engine is shutting down
  kMalformed,       // what came from the socket is no Ringside engine's answer
  kSystem,          // this process could not map memory or open a descriptor
};

struct ConnectError {
  ConnectErrorCode code;
  std::string message;  // what happened, and what to do next
};

// When an answer is no longer wanted: so long from now, or at a point. Expired work is never scored.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  constexpr Deadline() noexcept : Deadline(std::chrono::seconds(1)) {}
  // NOLINTBEGIN(google-explicit-constructor): `.deadline = 500us` is the point.
  template <class Rep, class Period>
  constexpr Deadline(std::chrono::duration<Rep, Period> from_now) noexcept  // zero: none; negative: already past
      : kind_(from_now == from_now.zero() ? Kind::kNone : Kind::kIn),
        ns_(std::chrono::duration_cast<std::chrono::nanoseconds>(from_now).count()) {}
  template <class Duration>
  constexpr Deadline(std::chrono::time_point<Clock, Duration> at) noexcept
      : kind_(Kind::kAt), ns_(std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count()) {}
  // NOLINTEND(google-explicit-constructor)
  static constexpr Deadline none() noexcept { return Deadline(std::chrono::nanoseconds(0)); }

  enum class Kind : std::uint8_t { kNone, kIn, kAt };
  [[nodiscard]] constexpr Kind kind() const noexcept { return kind_; }
  [[nodiscard]] constexpr std::int64_t ns() const noexcept { return ns_; }

 private:
  Kind kind_;
  std::int64_t ns_;
};

// Beside the rows. Views are borrowed until the call (or submit) returns. Nothing is cut: with an id, key or tag beyond its limit
// every row of the call is answered TOO_LONG under that option's name; a version or label over 128 bytes is an unknown one.
struct CallOptions {
  Deadline deadline{};
  std::string_view version{};                      // this version answers, instead of the one that traffic would choose
  std::string_view label{};                        // or the one with this label
  std::string_view user_id{};                      // at most 128 bytes
  std::string_view route_key{};                    // at most 128 bytes; decides about canaries and pins
  std::span<const std::string_view> route_tags{};  // "key=value", at most 16 of 128 bytes each
  std::string_view trace_id{};                     // at most 64 bytes
  bool return_features = false;                    // the answer holds what the forest read
  bool return_input_digest = false;                // … and a name for each row's values
  // What score() says of rows that are not scored for no fault of the caller (timeout, rejected, unavailable, lost, fail). Such a row is never
  // ok(); is_fallback() tells it.
  std::optional<double> fallback{};
};

// Who should answer, of several: a version, the version with a label, or whoever traffic chooses for the call. A view: borrowed until the
// call (or submit) returns. A name that is empty or over 128 bytes is an unknown one.
struct Target {
  enum class Kind : std::uint8_t { kVersion, kLabel, kRouted };
  static constexpr Target version(std::string_view name) noexcept { return {Kind::kVersion, name}; }
  static constexpr Target label(std::string_view name) noexcept { return {Kind::kLabel, name}; }
  static constexpr Target routed() noexcept { return {}; }

  Kind kind = Kind::kRouted;
  std::string_view name{};
};
inline constexpr std::size_t kTargetsMax = 8;  // of one call

// A call under way on the channel that gave it. Waiting for a ticket uses it up.
struct Ticket {
  std::uint64_t number = 0;
  std::uint32_t connection = 0;
  std::uint16_t slot = 0xFFFF;
  bool sent = false;  // false: wait() tells why at once
  Status status = Status::kFail;
  Reason reason = Reason::kNone;
  FieldCode code = FieldCode::kNone;
  std::uint32_t rows = 0;
  std::uint16_t targets = 1;
  std::optional<double> fallback{};
};

// One thread's way to the engine. Move-only. Its destructor gives the channel back; calls not waited for are forgotten.
class Channel {
 public:
  Channel(Channel&&) noexcept;
  Channel& operator=(Channel&&) noexcept;
  ~Channel();

  // Blocks until there is an answer, the deadline has passed (then at most some milliseconds for the engine's word on it), or the
  // engine is gone. Always gives an answer: its status says what became of the row. The forms with `out` reuse its memory.
  Prediction predict(const Row& row, const CallOptions& options = {});
  void predict(const Row& row, const CallOptions& options, Prediction& out) noexcept;
  BatchResult predict_batch(const Batch& batch, const CallOptions& options = {});
  void predict_batch(const Batch& batch, const CallOptions& options, BatchResult& out) noexcept;

  // The same rows to several versions in one call: what their fields agree in is decoded once. answers[i] is that of targets[i], and reuses
  // its memory; each has a status of its own (an unknown version's is unknown_version), and a request id is the same in all of them.
  // options.version and options.label are not looked at. A limited share of result memory holds each one's errors: the rest are left out.
  // REQUIRES, of these and the submit and wait below: 1 to kTargetsMax targets, as many answers as targets (the program ends otherwise).
  void predict_ab(const Row& row, std::span<const Target> targets, const CallOptions& options,
                  std::span<BatchResult> answers) noexcept;
  void predict_ab(const Batch& batch, std::span<const Target> targets, const CallOptions& options,
                  std::span<BatchResult> answers) noexcept;

  // The same in two steps, to have up to 63 calls under way; answers may be taken in any order. The row may be reused once submit
  // returns.
  Ticket submit(const Row& row, const CallOptions& options = {}) noexcept;
  Ticket submit(const Batch& batch, const CallOptions& options = {}) noexcept;
  Ticket submit(const Row& row, std::span<const Target> targets, const CallOptions& options) noexcept;
  Ticket submit(const Batch& batch, std::span<const Target> targets, const CallOptions& options) noexcept;
  // True: the answer (or the end of the call) is there and wait() will not block.
  [[nodiscard]] bool poll(const Ticket& ticket) noexcept;
  // A ticket that was waited for already, or of another channel, is answered with Status::kFail.
  void wait(const Ticket& ticket, Prediction& out) noexcept;
  void wait(const Ticket& ticket, BatchResult& out) noexcept;
  void wait(const Ticket& ticket, std::span<BatchResult> answers) noexcept;
  // Nobody will wait for it: its slot is free again when the engine has answered.
  void forget(const Ticket& ticket) noexcept;

 private:
  friend class Client;
  explicit Channel(std::unique_ptr<detail::ChannelUser> user) noexcept;
  std::unique_ptr<detail::ChannelUser> user_;
};

class Client {
 public:
  // Waits at most options.connect_timeout.
  static Result<Client, ConnectError> connect(const ClientOptions& options = {});

  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();  // open channels stay usable; the connection ends with the last of them

  // Names to handles, once. Asks the engine, so not for the hot path.
  Result<Schema, SchemaError> resolve(std::vector<FieldDecl> fields);
  Result<Schema, SchemaError> resolve(std::initializer_list<FieldDecl> fields) { return resolve(std::vector<FieldDecl>(fields)); }

  // For another thread. kTooMany when options.channels are in use.
  Result<Channel, ConnectError> open_channel();

  // The Client's own channel: see Channel.
  Prediction predict(const Row& row, const CallOptions& options = {}) { return own_.predict(row, options); }
  void predict(const Row& row, const CallOptions& options, Prediction& out) noexcept { own_.predict(row, options, out); }
  BatchResult predict_batch(const Batch& batch, const CallOptions& options = {}) { return own_.predict_batch(batch, options); }
  void predict_batch(const Batch& batch, const CallOptions& options, BatchResult& out) noexcept {
    own_.predict_batch(batch, options, out);
  }
  void predict_ab(const Row& row, std::span<const Target> targets, const CallOptions& options,
                  std::span<BatchResult> answers) noexcept {
    own_.predict_ab(row, targets, options, answers);
  }
  void predict_ab(const Batch& batch, std::span<const Target> targets, const CallOptions& options,
                  std::span<BatchResult> answers) noexcept {
    own_.predict_ab(batch, targets, options, answers);
  }
  [[nodiscard]] Channel& channel() noexcept { return own_; }

  // As of now; another may be current a moment later. Null when the engine has no current version or is gone.
  [[nodiscard]] std::shared_ptr<const VersionInfo> current_version() const;
  // The newest of this name that the engine has had resident since it started, which may have been retired since. Null: none, or the engine is gone.
  // Cost: looks at every version there was; not for the hot path.
  [[nodiscard]] std::shared_ptr<const VersionInfo> version(std::string_view name) const;
  // The current version's fields; empty when there is none.
  [[nodiscard]] std::vector<VersionInfo::Field> fields() const;

  [[nodiscard]] std::string task() const;
  // The most rows that the engine takes in one call.
  [[nodiscard]] std::uint32_t rows_max() const;
  // False once the engine is known to be gone; the next call tries again.
  [[nodiscard]] bool connected() const noexcept;

 private:
  Client(std::shared_ptr<detail::ClientCore> core, Channel own) noexcept;
  std::shared_ptr<detail::ClientCore> core_;
  Channel own_;
};

}  // namespace ringside
