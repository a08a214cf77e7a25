// How a program of Ringside ends. The same for every program; scripts rely on the numbers.
#pragma once

#include <string_view>

namespace ringside {

enum class ExitStatus : int {
  kDone = 0,
  kFailed = 1,
  kUsage = 2,
  kUnreachable = 3,  // no engine answers
  kRefused = 4,      // state or permission
  kCheckFailed = 5,  // a bundle is not what it should be
};

// The foot of every help text.
inline constexpr std::string_view kExitStatusHelp =
    "Exit status: 0 done, 1 failed, 2 usage, 3 engine unreachable, 4 refused (state or permission), 5 check failed";

}  // namespace ringside
