#include "engine/operators_word.h"

#include <spdlog/spdlog.h>

#include "engine/versions/models_directory.h"

namespace ringside::engine {

Result<OperatorRoles, std::string> OperatorsWord::restore() {
  OperatorRoles roles;
  if (auto kept = read_choice(state_directory_); !kept) {
    spdlog::warn("{}: canary, shadow and labels are not restored", kept.error());
  } else if (*kept) {
    choice_ = std::move(**kept);
  }
  if (choice_.canary) roles.canary = Canary{choice_.canary->version, choice_.canary->buckets, choice_.canary->salt};
  if (choice_.shadow) roles.shadow = Shadow{choice_.shadow->version, choice_.shadow->buckets};
  roles.labels = choice_.labels;
  auto pins = pins_file_.read();
  if (!pins) return fail(pins.error());
  roles.pins = std::move(*pins);
  return roles;
}

Result<Done, std::string> OperatorsWord::keep(const std::string& version, const std::string& previous,
                                              const OperatorRoles& roles) {
  if (!version.empty()) {
    choice_.version = version;
    choice_.seen_current = read_current_link(models_).target;
    choice_.previous = previous;
  }
  choice_.canary.reset();
  if (roles.canary) choice_.canary = KeptCanary{roles.canary->version, roles.canary->buckets, roles.canary->salt};
  choice_.shadow.reset();
  if (roles.shadow) choice_.shadow = KeptShadow{roles.shadow->version, roles.shadow->buckets};
  choice_.labels = roles.labels;
  return keep_choice(state_directory_, choice_);
}

}  // namespace ringside::engine
