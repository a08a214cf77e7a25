// Values → the JSON documents that admin.sock serves and `ringside --json` prints. Their form is schemas/admin.openapi.yaml's.
//
// Thread safety: pure functions. Text that is not UTF-8 is written with U+FFFD in its place (to_text).
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "engine/admin/snapshot.h"

namespace ringside::engine {

using Json = nlohmann::ordered_json;  // keys in the order in which people read them

[[nodiscard]] Json status_document(const AdminSnapshot& now);
[[nodiscard]] Json versions_document(const AdminSnapshot& now);
[[nodiscard]] Json version_document(const VersionView& current);                       // of the version that answers
[[nodiscard]] Json schema_document(const VersionView& view, const std::string& task);  // REQUIRES: view.schema
[[nodiscard]] Json config_document(const AdminSnapshot& now);
[[nodiscard]] Json event_document(const VersionEvent& event);
[[nodiscard]] Json history_document(const std::vector<VersionEvent>& events);
[[nodiscard]] Json problem_document(const BundleProblem& problem);

[[nodiscard]] std::string to_text(const Json& document);
// 2026-11-22T21:00:00.123Z
[[nodiscard]] std::string rfc3339(std::chrono::system_clock::time_point time);

}  // namespace ringside::engine
