#include "engine/admin/guard_document.h"

namespace ringside::engine {
namespace {

std::string_view name(GuardedRole role) { return role == GuardedRole::kCanary ? "canary" : "switch"; }

Json figures_document(const std::optional<Figures>& figures) {
  if (!figures) return nullptr;
  return {{"version", figures->judged}, {"against", figures->other}};
}

Json watched_document(const Watched& watched) {
  const Judgement& judgement = watched.judgement;
  return {{"role", name(watched.role)},
          {"version", watched.version},
          {"against", watched.other},
          {"seconds_left", watched.left ? Json(watched.left->count()) : Json(nullptr)},
          {"rows", {{"version", judgement.judged_rows}, {"against", judgement.other_rows}}},
          {"error_rate", figures_document(judgement.error_rate)},
          {"latency_us", figures_document(judgement.latency_us)},
          {"score_psi", judgement.score_psi ? Json(*judgement.score_psi) : Json(nullptr)}};
}

Json did_document(const GuardRevert& revert) {
  return {{"at", rfc3339(revert.at)},       {"role", name(revert.breach.role)}, {"version", revert.breach.version},
          {"against", revert.breach.other}, {"reason", revert.breach.reason},   {"done", revert.done},
          {"message", revert.message}};
}

}  // namespace

Json guard_document(const GuardStatus& status) {
  Json watched = Json::array(), reverts = Json::array();
  for (const Watched& one : status.watched) watched.push_back(watched_document(one));
  for (const GuardRevert& one : status.reverts) reverts.push_back(did_document(one));
  return {{"enabled", status.enabled}, {"watched", std::move(watched)}, {"reverts", std::move(reverts)}};
}

Json revert_document(const GuardStatus& status, std::string_view version) {
  for (const GuardRevert& one : status.reverts) {
    if (one.done && one.breach.version == version)
      return {{"at", rfc3339(one.at)}, {"reason", one.breach.reason}, {"message", one.message}};
  }
  return nullptr;
}

}  // namespace ringside::engine
