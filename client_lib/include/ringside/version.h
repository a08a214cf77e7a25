// Which Ringside library this program was built with, and which one it runs with.
#pragma once

#define RINGSIDE_VERSION_MAJOR 0
#define RINGSIDE_VERSION_MINOR 1
#define RINGSIDE_VERSION_PATCH 0
#define RINGSIDE_VERSION_STRING "0.1.0"

#ifdef __cplusplus
#include <string_view>

namespace ringside {

// The version of the library that was linked: RINGSIDE_VERSION_STRING as it was when the library was built.
[[nodiscard]] std::string_view library_version() noexcept;

}  // namespace ringside
#endif
