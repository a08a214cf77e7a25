// How much an engine says. Thread safety: constant data.
#pragma once

#include <cstdint>
#include <string_view>

namespace ringside::engine {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError };

inline constexpr std::string_view kLogLevelNames[] = {"debug", "info", "warn", "error"};  // by LogLevel

[[nodiscard]] constexpr std::string_view name(LogLevel level) noexcept { return kLogLevelNames[static_cast<std::size_t>(level)]; }

}  // namespace ringside::engine
