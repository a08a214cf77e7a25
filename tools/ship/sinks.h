// Which class a configuration's sink is: the one place that knows them all.
#pragma once

#include <memory>
#include <string>

#include "tools/ship/ship_config.h"
#include "tools/ship/sink.h"
#include "tools/ship/stop_signal.h"

namespace ringside::ship {

// `state`: what the sink said of itself when the cursor was saved; empty at first.
[[nodiscard]] std::unique_ptr<Sink> make_sink(const ShipConfig& config, const std::string& state, const StopSignal& stop);

}  // namespace ringside::ship
