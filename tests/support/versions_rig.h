// A task's Versions over small real bundles in a temporary models/, without an engine: asks as operators do and awaits what they are told.
//
//   class RolesTest : public test::VersionsRig { … };     add("small_v1.0.0");  open({.warn = …});  start();  switch_to("small_v1.1.0").kind
//
// open() fills in what every test has alike: task, directory, no reference. Versions ends in TearDown(), so what options call may be members of
// the fixture.
//
// Thread safety: one thread asks.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "engine/epoch/quiescence.h"
#include "engine/epoch/reclaimer.h"
#include "engine/traffic/publisher.h"
#include "engine/versions/versions.h"
#include "tests/support/bundle_files.h"
#include "tests/support/watchdog.h"

namespace ringside::test {

class VersionsRig : public ::testing::Test {
 protected:
  explicit VersionsRig(std::uint32_t workers = 1) : quiescence_(workers), publisher_(workers, reclaimer_, directory_) {}
  void TearDown() override { versions_.reset(); }

  void add(const std::string& version) { BundleFiles::small(version).write(models_ / version); }
  void open(engine::Versions::Options options) {
    versions_.reset();
    options.task = "small";
    options.models_directory = models_.string();
    options.use_reference = false;
    versions_ = std::make_unique<engine::Versions>(std::move(options), publisher_);
  }
  Result<Done, engine::SwitchOutcome> start(const std::string& version = "small_v1.0.0", engine::BeforeStart before = {}) {
    return versions_->start((models_ / version).string(), std::move(before));
  }

  engine::SwitchOutcome ask(engine::SwitchRequest request) {
    return answer_of<engine::SwitchOutcome>([&](auto done) { versions_->switch_to(std::move(request), std::move(done)); });
  }
  engine::SwitchOutcome switch_to(const std::string& version) { return ask({.version = version, .reason = {}, .actor = {}}); }
  engine::SwitchOutcome roll_back(const std::string& reason = {}, const std::string& actor = {}) {
    return answer_of<engine::SwitchOutcome>([&](auto done) { versions_->roll_back(reason, actor, std::move(done)); });
  }
  // Canary, shadow, pins, labels.
  template <class Request>
  Result<engine::RoleChange, engine::SwitchOutcome> ask_role(Request what) {
    return answer_of<Result<engine::RoleChange, engine::SwitchOutcome>>(
        [&](auto done) { versions_->change_role({.what = std::move(what), .reason = {}, .actor = {}}, std::move(done)); });
  }
  // What nobody knows is looked for, so this comes to the loader's turn, behind what it was given before.
  void wait_for_the_loader() { switch_to("small_v0.0.0"); }

  std::optional<engine::VersionStatus> status(const std::string& version) const {
    for (engine::VersionStatus& one : versions_->list()) {
      if (one.version == version) return std::move(one);
    }
    return std::nullopt;
  }

  Watchdog watchdog_;
  TemporaryDirectory place_;
  std::filesystem::path models_ = place_.path();
  engine::Quiescence quiescence_;
  engine::Reclaimer reclaimer_{quiescence_};
  engine::Directory directory_{*engine::Directory::make(1)};
  engine::TrafficPublisher publisher_;
  std::unique_ptr<engine::Versions> versions_;

 private:
  template <class Answer, class Ask>
  static Answer answer_of(Ask ask) {
    const auto answer = std::make_shared<std::promise<Answer>>();  // shared: rs-roles may leave it last
    ask([answer](Answer done) { answer->set_value(std::move(done)); });
    return answer->get_future().get();
  }
};

}  // namespace ringside::test
