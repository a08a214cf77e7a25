#include "engine/log/repeat_limit.h"

#include <utility>

namespace ringside::engine {
namespace {

constexpr std::size_t kKindBytes = 80;

std::string kind_name(std::string_view message) {
  std::string name;
  bool in_number = false;
  for (const char c : message) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit) name += c;
    if (digit && !in_number) name += '#';
    in_number = digit;
    if (name.size() == kKindBytes) break;
  }
  return name;
}

}  // namespace

RepeatLimit::Kind& RepeatLimit::kind_of(std::string_view message, Clock::time_point now) {
  std::string name = kind_name(message);
  if (const auto found = kinds_.find(name); found != kinds_.end()) return found->second;
  if (kinds_.size() >= terms_.kinds_max) {
    std::erase_if(kinds_,
                  [&](const auto& kind) { return now - kind.second.begin >= terms_.window && kind.second.left_out == 0; });
  }
  if (kinds_.size() >= terms_.kinds_max) name.clear();
  return kinds_.try_emplace(std::move(name), Kind{.begin = now, .written = 0, .left_out = 0, .last = {}}).first->second;
}

std::optional<std::uint64_t> RepeatLimit::admit(std::string_view message, Clock::time_point now) {
  Kind& kind = kind_of(message, now);
  if (now - kind.begin >= terms_.window) {
    kind.begin = now;
    kind.written = 0;
  }
  if (kind.written == terms_.lines) {
    ++kind.left_out;
    kind.last = message;
    return std::nullopt;
  }
  ++kind.written;
  return std::exchange(kind.left_out, 0);
}

std::vector<RepeatLimit::LeftOut> RepeatLimit::due(Clock::time_point now) {
  std::vector<LeftOut> all;
  for (auto& [name, kind] : kinds_) {
    if (kind.left_out == 0 || now - kind.begin < terms_.window) continue;
    all.push_back({std::move(kind.last), std::exchange(kind.left_out, 0)});
  }
  return all;
}

}  // namespace ringside::engine
