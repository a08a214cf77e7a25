#include "engine/versions/models_follower.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "engine/bundle/inventory.h"

namespace ringside::engine {

ModelsFollower::ModelsFollower(const Versions::Options& options, Residents& residents, Hands hands)
    : options_(options), residents_(residents), hands_(std::move(hands)) {}

void ModelsFollower::begin() { followed_ = {.path = look_at_models(options_.models_directory).current, .answers = true}; }

void ModelsFollower::load_the_rest() {
  for (const std::string& name : residents_.scan()) take_up(name, options_.watch_period.count() == 0);
}

void ModelsFollower::watch() {
  if (options_.watch_period.count() == 0) return;
  watch_ = std::make_unique<ModelsWatch>(options_.models_directory, options_.watch_period, [this] { look(); });
}

// On the watch's thread: what it sees is followed on the loader's, unless nothing is new and nothing waits for time to pass.
void ModelsFollower::look() {
  ModelsListing listing = look_at_models(options_.models_directory);
  if (listing == looked_ && !waits_.load()) return;
  looked_ = std::move(listing);
  if (!posted_.exchange(true)) hands_.post([this] { follow(); });
}

void ModelsFollower::follow() {
  posted_.store(false);
  const ModelsListing listing = look_at_models(options_.models_directory);
  bool waits = false;
  tell_once(listing.problem, told_models_);
  if (listing.problem.empty()) {
    for (const std::string& name : residents_.scan()) waits |= !take_up(name, false);
    residents_.retire_what_went();
    waits |= !follow_current(listing);
  }
  waits |= residents_.settle_retiring();
  waits_.store(waits);
}

// False: it still waits to be whole.
bool ModelsFollower::take_up(const std::string& name, bool at_once) {
  const Residents::Due due = residents_.due(name, at_once);
  if (due == Residents::Due::kYes) hands_.post([this, name] { residents_.load_in_its_turn(name); });
  return due != Residents::Due::kWaits;
}

// `current` moved: that is a switch. False: what it leads to still waits to be whole.
bool ModelsFollower::follow_current(const ModelsListing& listing) {
  if (!listing.current_problem.empty() && listing.current_problem != told_current_) {
    residents_.record(
        {.actor = std::string(kFollowActor), .action = "switch", .outcome = "refused", .message = listing.current_problem});
  }
  tell_once(listing.current_problem, told_current_);
  if (listing.current.empty()) return true;
  const std::uint64_t stamp = directory_stamp(listing.current);
  const auto now = std::chrono::steady_clock::now();
  if (listing.current == followed_.path && (followed_.answers || followed_.stamp == stamp)) return true;
  if (const BundleInventory inventory = take_inventory(listing.current); !inventory.missing.empty()) {
    if (arriving_.path != listing.current || arriving_.stamp != stamp) arriving_ = {listing.current, stamp, now, false};
    if (now - arriving_.since < options_.settle) return false;
  }
  const std::filesystem::path path(listing.current);
  std::error_code error;
  const bool inside = path.parent_path() == std::filesystem::canonical(options_.models_directory, error);
  const SwitchRequest request{.version = path.filename().string(),
                              .directory = inside ? std::string() : listing.current,
                              .reason = "the link was moved to " + listing.current,
                              .actor = std::string(kFollowActor)};
  const SwitchOutcome outcome = hands_.switch_to(request);
  followed_ = {listing.current, stamp, now, is_done(outcome.kind)};
  if (!followed_.answers) {
    residents_.warn("models/current was moved to " + listing.current + ": " + outcome.message +
                    (outcome.problems.empty() ? "" : ": " + outcome.problems.front().text()) + "; " + outcome.from +
                    " answers on");
  }
  return true;
}

// When it begins, and again when it is another text; not at every look.
void ModelsFollower::tell_once(const std::string& text, std::string& told) const {
  if (text != told && !text.empty()) residents_.warn(text);
  told = text;
}

}  // namespace ringside::engine
