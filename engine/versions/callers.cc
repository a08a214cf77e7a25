#include "engine/versions/callers.h"

#include <algorithm>

#include "engine/schema/compatibility.h"

namespace ringside::engine {
namespace {

std::vector<Obstacle> obstacles_of(const ClientSchema& client, const TrafficDraft& draft, const Resident& resident) {
  const TextIndex elsewhere = only_elsewhere(draft, resident);
  return obstacles_between(client, resident.bundle->schema,
                           [&](const std::string& name) { return elsewhere.find(name) != TextIndex::kAbsent; });
}

BundleProblem told(const std::string& who, const Obstacle& obstacle) {
  switch (obstacle.kind) {
    case Obstacle::Kind::kNoSuchField:
      return {who, obstacle.field, 0, "no such field (extra_fields: reject)", "a column of that name"};
    case Obstacle::Kind::kNotDeclared:
      return {who, obstacle.field, 0, "a value of every row", "a schema without it"};
    case Obstacle::Kind::kOtherDtype:
      break;
  }
  return {who, obstacle.field, 0, std::string(wire::name(obstacle.taken)),
          std::string(wire::name(obstacle.declared)) + ", as it declared"};
}

}  // namespace

BundleProblems callers_in_the_way(const std::vector<Caller>& callers, const TrafficDraft& draft, const Resident& to) {
  BundleProblems problems;
  for (const Caller& caller : callers) {
    for (const auto& schema : draft.schemas) {
      if (std::ranges::find(caller.schemas, schema->hash) == caller.schemas.end()) continue;
      const std::vector<Obstacle> now = draft.current ? obstacles_of(*schema, draft, *draft.current) : std::vector<Obstacle>();
      for (const Obstacle& obstacle : obstacles_of(*schema, draft, to)) {
        BundleProblem problem = told(caller.who, obstacle);
        const bool refused_already = std::ranges::any_of(
            now, [&](const Obstacle& other) { return other.field == obstacle.field && other.kind == obstacle.kind; });
        if (!refused_already && std::ranges::find(problems, problem) == problems.end()) problems.push_back(std::move(problem));
      }
    }
  }
  return problems;
}

std::string consequence_of(const BundleProblems& problems) {
  constexpr std::size_t kShown = 3;
  std::string line;
  for (std::size_t i = 0; i < std::min(kShown, problems.size()); ++i) {
    line.append(i == 0 ? "; refused from now on: " : "; ").append(problems[i].text());
  }
  if (problems.size() > kShown) line.append("; and ").append(std::to_string(problems.size() - kShown)).append(" more");
  return line;
}

}  // namespace ringside::engine
