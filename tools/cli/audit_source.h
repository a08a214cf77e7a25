// Where audit's commands read: the engine, over admin.sock; where none answers, or --state-dir names a place, the index itself.
//
// Thread safety: none.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <ringside/result.h>

#include "engine/ledger/index/audit_index.h"
#include "tools/cli/audit.h"

namespace ringside::cli {

using AuditParameterList = std::vector<std::pair<std::string, std::string>>;

class AuditSource {
 public:
  // Offline, the index is brought up to the journal first; of a running engine it is read as it is.
  static Result<AuditSource, Trouble> of(const Globals& globals, const AuditOptions& options);

  // As GET /audit and GET /audit/stats answer.
  Result<Json, Trouble> page(const AuditParameterList& parameters);
  Result<Json, Trouble> stats(const AuditParameterList& parameters);

 private:
  Globals globals_;
  std::unique_ptr<engine::AuditIndex> index_;  // null: the engine is asked
};

// <state-dir>/<task> of the options: --state-dir, else the default; --task, else the only one there.
[[nodiscard]] Result<std::string, Trouble> audit_state(const Globals& globals, const AuditOptions& options);

// Every record, page by page, until `limit` (0: none) or until each() returns false. The cursor where more follows, else empty.
template <class Each>
Result<std::string, Trouble> each_record(AuditSource& source, AuditParameterList parameters, const std::string& cursor,
                                         std::uint64_t limit, const Each& each) {
  constexpr std::uint64_t kPage = 1'000;
  std::string next = cursor;
  for (std::uint64_t left = limit == 0 ? ~std::uint64_t{0} : limit; left != 0;) {
    AuditParameterList asked = parameters;
    asked.emplace_back("limit", std::to_string(left < kPage ? left : kPage));
    if (!next.empty()) asked.emplace_back("cursor", next);
    const auto page = source.page(asked);
    if (!page) return fail(page.error());
    for (const auto& record : page->at("records")) {
      if (!each(record)) return std::string();
      --left;
    }
    if (page->at("cursor").is_null()) return std::string();
    next = page->at("cursor").template get<std::string>();
  }
  return next;
}

}  // namespace ringside::cli
