#include <ringside/client.h>

#include <utility>

#include "client_lib/base/clock.h"
#include "client_lib/channel_user.h"
#include "client_lib/client_core.h"
#include "client_lib/waiting/waiter.h"

namespace ringside {

using detail::AnswerAccess;
using detail::BodyAccess;
using detail::ChannelUser;
using detail::ClientCore;

Channel::Channel(std::unique_ptr<ChannelUser> user) noexcept : user_(std::move(user)) {}
Channel::Channel(Channel&&) noexcept = default;
Channel& Channel::operator=(Channel&&) noexcept = default;
Channel::~Channel() = default;

Prediction Channel::predict(const Row& row, const CallOptions& options) {
  Prediction answer;
  predict(row, options, answer);
  return answer;
}

void Channel::predict(const Row& row, const CallOptions& options, Prediction& out) noexcept {
  user_->predict(BodyAccess::body(row), options, AnswerAccess::answer(out));
}

BatchResult Channel::predict_batch(const Batch& batch, const CallOptions& options) {
  BatchResult result;
  predict_batch(batch, options, result);
  return result;
}

void Channel::predict_batch(const Batch& batch, const CallOptions& options, BatchResult& out) noexcept {
  user_->predict(BodyAccess::body(batch), options, AnswerAccess::answer(out));
}

void Channel::predict_ab(const Row& row, std::span<const Target> targets, const CallOptions& options,
                         std::span<BatchResult> answers) noexcept {
  user_->predict(BodyAccess::body(row), targets, options, answers);
}
void Channel::predict_ab(const Batch& batch, std::span<const Target> targets, const CallOptions& options,
                         std::span<BatchResult> answers) noexcept {
  user_->predict(BodyAccess::body(batch), targets, options, answers);
}

Ticket Channel::submit(const Row& row, const CallOptions& options) noexcept {
  return user_->submit(BodyAccess::body(row), options);
}
Ticket Channel::submit(const Batch& batch, const CallOptions& options) noexcept {
  return user_->submit(BodyAccess::body(batch), options);
}
Ticket Channel::submit(const Row& row, std::span<const Target> targets, const CallOptions& options) noexcept {
  return user_->submit(BodyAccess::body(row), targets, options);
}
Ticket Channel::submit(const Batch& batch, std::span<const Target> targets, const CallOptions& options) noexcept {
  return user_->submit(BodyAccess::body(batch), targets, options);
}
bool Channel::poll(const Ticket& ticket) noexcept { return user_->poll(ticket); }
void Channel::wait(const Ticket& ticket, Prediction& out) noexcept { user_->wait(ticket, AnswerAccess::answer(out)); }
void Channel::wait(const Ticket& ticket, BatchResult& out) noexcept { user_->wait(ticket, AnswerAccess::answer(out)); }
void Channel::wait(const Ticket& ticket, std::span<BatchResult> answers) noexcept { user_->wait(ticket, answers); }
std::size_t Channel::wait_any(std::span<const Ticket> tickets) noexcept { return user_->wait_any(tickets); }
void Channel::forget(const Ticket& ticket) noexcept { user_->forget(ticket); }

Client::Client(std::shared_ptr<ClientCore> core, Channel own) noexcept : core_(std::move(core)), own_(std::move(own)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Result<Client, ConnectError> Client::connect(const ClientOptions& options) {
  auto core = ClientCore::connect(options);
  if (!core) return fail(std::move(core).error());
  const auto channel = (*core)->take_channel();  // a granted shape has at least one
  return Client(*core, Channel(std::make_unique<ChannelUser>(*core, channel.value_or(0))));
}

Result<Schema, SchemaError> Client::resolve(std::vector<FieldDecl> fields) {
  if (core_->connection_is_forked()) {
    return fail(
        SchemaError{SchemaErrorCode::kUnreachable, "the connection belongs to the parent process: connect again after fork()"});
  }
  auto state = core_->declare(std::move(fields));
  if (!state) return fail(std::move(state).error());
  return detail::SchemaAccess::make(*std::move(state));
}

Result<Channel, ConnectError> Client::open_channel() {
  if (core_->connection_is_forked()) {
    return fail(
        ConnectError{ConnectErrorCode::kSystem, "the connection belongs to the parent process: connect again after fork()"});
  }
  const auto channel = core_->take_channel();
  if (!channel) {
    return fail(ConnectError{ConnectErrorCode::kTooMany,
                             "all channels of this client are in use: connect with a larger ClientOptions::channels"});
  }
  return Channel(std::make_unique<ChannelUser>(core_, *channel));
}

std::shared_ptr<const VersionInfo> Client::current_version() const {
  if (core_->connection_is_forked()) return nullptr;
  auto connection = core_->connection();
  if (has_hung_up(connection->socket())) connection->mark_dead();
  connection = core_->living_connection(base::monotonic_ns());
  return connection == nullptr ? nullptr : connection->directory().find(connection->directory().current());
}

std::shared_ptr<const VersionInfo> Client::version(std::string_view name) const {
  if (core_->connection_is_forked()) return nullptr;
  const auto connection = core_->living_connection(base::monotonic_ns());
  if (connection == nullptr) return nullptr;
  std::shared_ptr<const VersionInfo> found;
  for (std::uint32_t ordinal = 0; connection->directory().has(ordinal); ++ordinal) {
    auto entry = connection->directory().find(ordinal);
    if (entry != nullptr && entry->name == name) found = std::move(entry);
  }
  return found;
}

std::vector<VersionInfo::Field> Client::fields() const {
  const auto version = current_version();
  return version == nullptr ? std::vector<VersionInfo::Field>() : version->fields;
}

std::string Client::task() const { return core_->connection()->grant().task; }

std::uint32_t Client::rows_max() const { return core_->connection()->grant().rows_max; }

bool Client::connected() const noexcept {
  if (core_->connection_is_forked()) return false;
  const auto connection = core_->connection();
  return !connection->is_dead() && !has_hung_up(connection->socket());
}

}  // namespace ringside
