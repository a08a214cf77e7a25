// A row as one line of JSON, as the contract of the record (formats.md's names) has it: what JSON Lines files and dead letters hold.
//
//   {"timestamp":"2026-11-25T10:45:02.123456789Z","type":"prediction","key":"5f1c…-0-17","request_id":"5c8a…",…}
//
// The same row gives the same bytes: jsonl_sink.h relies on it. Thread safety: no state. Cost: one pass, appends to `out`.
#pragma once

#include <string>

#include "tools/ship/row.h"

namespace ringside::ship {

// Without a newline.
void append_json_line(std::string& out, const Row& row);

}  // namespace ringside::ship
