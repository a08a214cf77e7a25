#include "engine/versions/event_line.h"

#include <cstdio>

namespace ringside::engine {
namespace {

std::string on_one_line(const std::string& text) {
  std::string line;
  for (const unsigned char c : text) {
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\x%02x", c);
    line += c < 0x20 || c == 0x7F ? std::string(escape) : std::string(1, static_cast<char>(c));
  }
  return line;
}

}  // namespace

std::string event_line(const VersionEvent& event) {
  std::string line = event.action + " " + event.outcome;
  if (!event.from.empty() || !event.to.empty()) line += ": ";
  line += event.from + (event.from.empty() || event.to.empty() ? "" : " -> ") + event.to;
  line += " by " + event.actor;
  if (!event.reason.empty()) line += ", reason \"" + event.reason + "\"";
  if (!event.message.empty()) line += ": " + event.message;
  return on_one_line(line);
}

}  // namespace ringside::engine
