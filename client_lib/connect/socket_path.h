// Where an engine's socket is, from what the options say and what is there. Control path.
#pragma once

#include <string>

#include <ringside/client.h>

namespace ringside {

// Given without root and without options.run_dir: $XDG_RUNTIME_DIR/ringside where that exists, else /run/ringside.
[[nodiscard]] std::string default_run_dir();

// options.socket as it is; else <run_dir>/<task>/data.sock, where an empty task means the only one there.
[[nodiscard]] Result<std::string, ConnectError> find_socket(const ClientOptions& options);

}  // namespace ringside
