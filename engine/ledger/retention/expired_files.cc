#include "engine/ledger/retention/expired_files.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <iterator>

#include "engine/journal/version_record.h"

namespace ringside::engine {
namespace {

std::uint64_t wall_clock_ns() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count());
}

}  // namespace

std::optional<journal::ExpiredBody> ExpiredFiles::body_of(const journal::Record& record) {
  if (record.type() != journal::RecordType::kExpired) return std::nullopt;
  const auto body = record.body<journal::ExpiredBody>();
  return body && body->first != 0 && body->first <= body->last ? body : std::nullopt;
}

void ExpiredFiles::append_record(std::vector<std::byte>& to, const journal::ExpiredBody& body, std::uint32_t epoch) {
  std::vector<std::byte> record(sizeof(journal::RecordHead) + sizeof body);
  std::memcpy(record.data() + sizeof(journal::RecordHead), &body, sizeof body);
  close_record(record, static_cast<std::uint16_t>(journal::RecordType::kExpired), epoch, wall_clock_ns());
  to.insert(to.end(), record.begin(), record.end());
}

void ExpiredFiles::add(journal::ExpiredBody body) {
  auto at = ranges_.lower_bound(body.first);
  if (at != ranges_.begin() && std::prev(at)->second.last + 1 >= body.first) --at;
  while (at != ranges_.end() && at->second.first <= body.last + 1) {
    const journal::ExpiredBody& other = at->second;
    if (other.first < body.first) std::memcpy(body.before, other.before, sizeof body.before);
    if (other.last > body.last) std::memcpy(body.after, other.after, sizeof body.after);
    body.first = std::min(body.first, other.first);
    body.last = std::max(body.last, other.last);
    body.oldest_ns = std::min(body.oldest_ns, other.oldest_ns);
    body.newest_ns = std::max(body.newest_ns, other.newest_ns);
    at = ranges_.erase(at);
  }
  ranges_.emplace(body.first, body);
}

const journal::ExpiredBody* ExpiredFiles::find(std::uint64_t number) const {
  auto at = ranges_.upper_bound(number);
  if (at == ranges_.begin()) return nullptr;
  --at;
  return number <= at->second.last ? &at->second : nullptr;
}

void ExpiredFiles::append_to(std::vector<std::byte>& records, std::uint32_t epoch) const {
  for (const auto& [first, body] : ranges_) append_record(records, body, epoch);
}

}  // namespace ringside::engine
