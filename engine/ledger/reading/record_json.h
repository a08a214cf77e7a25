// The record of a prediction as one JSON object, by schemas/audit_record.schema.json: the names of formats.md and what else was recorded.
//
//   {"timestamp":"2026-11-25T10:50:25.123Z","request_id":"5c8a","user_id":"9f1c…","user_id_hashed":true,"model_version":"loan_default_v1.0.0",…}
//
// Numbers read back to the same bits of the model's own type; NaN is null, an infinity the text "Infinity" or "-Infinity", which every
// reader of JSON takes. A field whose value was not kept is an object that says why: {"masked":"4711"}, {"pseudonym":"9f1c…"},
// {"dropped":true}, {"cut_bytes":70000}, {"not_read":true}, {"sealed":true}: in the encrypted part, which was not decrypted.
//
// Thread safety: pure. Cost: some microseconds a record; appends.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/ledger/reading/encrypted_part.h"
#include "engine/ledger/reading/version_meaning.h"
#include "schemas/journal/record_view.h"

namespace ringside::engine {

// `meaning` null: the version is not known (no version answered, or its record is gone): fields have no names and are left out. `cursor`: where
// the next page begins.
void append_record_json(std::string& out, const journal::PredictionView& row, const VersionMeaning* meaning, bool overruled,
                        std::uint64_t cursor, const Decryption& decryption = {});

// A request id as callers see it: made ones are 16 bytes and become a UUID.
[[nodiscard]] std::string request_id_text(const journal::PredictionView& row);
[[nodiscard]] std::string hex_text(std::string_view bytes);

// "success" for ok, as formats.md has it; else the status' own name. None of them: "unrecorded", of gaps.
inline constexpr std::uint8_t kUnrecorded = 255;
[[nodiscard]] std::string_view audit_status(std::uint8_t status) noexcept;

}  // namespace ringside::engine
