// Versions over small real bundles in a temporary models/: outcomes are awaited, states and the table are looked at.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/versions_rig.h"

namespace ringside::engine {

class VersionsTest : public test::VersionsRig {
 protected:
  VersionsTest() {
    add("small_v1.0.0");
    add("small_v1.1.0");
    open();
  }

  void open() {
    VersionsRig::open({.task = {},
                       .models_directory = {},
                       .remember = [this](const std::string& version, const OperatorRoles&) -> Result<Done, std::string> {
                         if (refuse_to_remember_) return fail(std::string("disk full"));
                         remembered_.push_back(version);
                         return Done{};
                       },
                       .warn = [this](const std::string& text) { warned_.push_back(text); },
                       .record =
                           [this](const VersionEvent& event) {
                             if (on_event_) on_event_(event);
                           },
                       .callers = [this] { return callers_; }});
  }
  void load_the_rest_and_wait() {
    versions_->load_the_rest();
    wait_for_the_loader();  // behind the scan, so that the loads are queued
    wait_for_the_loader();  // behind the loads
  }
  // A bundle with the optional field `zip`.
  test::BundleFiles add_with_zip(const std::string& version) { return add_with(version, "zip", "str"); }
  test::BundleFiles add_with(const std::string& version, const std::string& field, const std::string& dtype) {
    test::BundleFiles files = test::BundleFiles::small(version);
    files.edit("feature_schema.yaml", "final_feature_cols",
               "  - {name: " + field + ", dtype: " + dtype + ", role: meta, on_missing: pass}\nfinal_feature_cols");
    files.write(place_.path() / version);
    return files;
  }
  // What becomes of a caller's column of that name in the current version: Adapter::kDropped, Adapter::kExtra, or its field.
  std::int32_t adapted(const std::string& name) {
    ClientSchema schema{.columns = {{"age", Dtype::kInt}, {name, Dtype::kAny}}, .hash = 7};
    static_cast<void>(publisher_.add_schema(schema));
    const TrafficTable& table = publisher_.acquire();
    const std::int32_t field = table.adapter(7, 2, table.current())->field_of_column[1];
    publisher_.drop_schema(7);
    return field;
  }
  std::string serving() {
    const TrafficDraft draft = publisher_.snapshot();
    return draft.current ? draft.current->bundle->version : "";
  }

  std::vector<std::string> remembered_;
  std::vector<std::string> warned_;
  bool refuse_to_remember_ = false;
  std::vector<Caller> callers_;
  std::function<void(const VersionEvent&)> on_event_;  // on the thread that tells of it: a load's on rs-loader
};

}  // namespace ringside::engine
