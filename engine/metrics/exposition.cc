#include "engine/metrics/exposition.h"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <span>
#include <utility>

#include "engine/metrics/metrics_text.h"
#include "schemas/wire/status.h"

namespace ringside::engine {
namespace {

using Labels = MetricsText::Labels;

double unix_s(std::chrono::system_clock::time_point time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

void add_requests(MetricsText& page, const MetricsInput& input) {
  page.counter("ringside_calls_total", "Calls that were taken from a ring.");
  page.value(input.totals.calls);
  page.counter("ringside_rows_total", "Rows that were answered, by status.");
  for (std::uint8_t status = 0; status < wire::kStatusCount; ++status) {
    page.value(input.totals.rows[status], {{"status", std::string(wire::name(static_cast<wire::Status>(status)))}});
  }
  page.counter("ringside_version_rows_total", "Rows that a version answered while it was resident, ok or invalid.");
  for (const VersionStatus& version : input.versions) {
    if (version.bundle) page.value(version.answered_rows, {{"version", version.version}});
  }
  page.counter("ringside_compared_rows_total",
               "Rows of calls with several versions that this version scored, and the first of them, too.");
  for (const VersionStatus& version : input.versions) {
    if (version.bundle) page.value(version.compared_rows, {{"version", version.version}});
  }
  page.counter("ringside_compared_rows_differing_total",
               "Of those, rows that this version scored with other bits than the first.");
  for (const VersionStatus& version : input.versions) {
    if (version.bundle) page.value(version.differing_rows, {{"version", version.version}});
  }
  page.counter("ringside_dropped_values_total",
               "Values of fields that the answering bundle lacks and another resident one knows.");
  page.value(input.totals.dropped_values);
  page.histogram("ringside_stage_seconds", "Time of a call's stages in the engine.", input.stages);
}

void add_workers(MetricsText& page, const MetricsInput& input) {
  page.counter("ringside_worker_parks_total", "How often a worker went to sleep.");
  page.value(input.totals.parks);
  page.counter("ringside_worker_wakes_total", "How often a worker woke a sleeping client.");
  page.value(input.totals.wakes);
  page.counter("ringside_expelled_clients_total",
               "Clients that were disconnected: they wrote what no honest client writes, or lost their segment's memory.");
  page.value(input.totals.lies, {{"cause", "lie"}});
  page.value(input.lost_memory, {{"cause", "memory"}});
  page.gauge("ringside_retired_waiting", "Retired tables, bundles and segments that are not freed yet.");
  page.value(std::uint64_t{input.grace.waiting});
  page.gauge("ringside_retired_oldest_seconds", "How long the oldest of them has waited; more than a second: a worker is stuck.");
  page.value(static_cast<double>(input.grace.oldest_ns) / 1e9);
}

// Names are the clients' own words, so only so many have a series.
void add_clients(MetricsText& page, const std::vector<ClientStatus>& clients) {
  struct Sum {
    std::uint64_t clients = 0, channels = 0, bytes = 0, ok_rows = 0, other_rows = 0;
  };
  std::map<std::pair<std::string, std::string>, Sum> by_identity;
  for (const ClientStatus& client : clients) {
    Sum& sum = by_identity[{client.name, std::to_string(client.uid)}];
    ++sum.clients;
    sum.channels += client.channels;
    sum.bytes += client.segment_bytes;
    sum.ok_rows += client.ok_rows;
    sum.other_rows += client.other_rows;
  }
  std::vector<std::pair<Labels, Sum>> series;
  for (const auto& [identity, sum] : by_identity) series.push_back({{{"client", identity.first}, {"uid", identity.second}}, sum});
  std::ranges::stable_sort(series, [](const auto& a, const auto& b) { return a.second.channels > b.second.channels; });
  page.counter("ringside_client_rows_total",
               "Rows that clients of a name and user were answered, scored (ok) or not (other), while one of them is connected.");
  // No `other` name here: names come and go in it, and a counter must not fall.
  for (std::size_t i = 0; i < std::min(series.size(), kClientNamesMax); ++i) {
    const auto& [labels, sum] = series[i];
    for (const auto& [status, rows] : {std::pair("ok", sum.ok_rows), std::pair("other", sum.other_rows)}) {
      Labels with_status = labels;
      with_status.push_back({"status", status});
      page.value(rows, std::move(with_status));
    }
  }
  if (series.size() > kClientNamesMax) {
    Sum other;
    for (auto rest = series.begin() + kClientNamesMax; rest != series.end(); ++rest) {
      other.clients += rest->second.clients;
      other.channels += rest->second.channels;
      other.bytes += rest->second.bytes;
    }
    series.resize(kClientNamesMax);
    series.push_back({{{"client", "other"}, {"uid", ""}}, other});
  }
  const auto add = [&](const char* name, const char* help, std::uint64_t Sum::*part) {
    page.gauge(name, help);
    for (const auto& [labels, sum] : series) page.value(sum.*part, labels);
  };
  add("ringside_clients", "Connected client processes, by the name that they gave and their user.", &Sum::clients);
  add("ringside_client_channels", "Their channels.", &Sum::channels);
  add("ringside_client_segment_bytes", "Shared memory that they hold.", &Sum::bytes);
}

// Subjects of uid=* and name=* are as many as clients please, so only so many have a series: those that refused most.
void add_limits(MetricsText& page, const MetricsInput& input) {
  page.counter("ringside_rejected_calls_total", "Calls that were answered rejected, by reason: beyond a limit, or shed.");
  for (auto reason = static_cast<std::uint8_t>(wire::Reason::kRateLimit); reason < wire::kReasonCount; ++reason) {
    page.value(input.totals.rejected_calls[reason], {{"reason", std::string(wire::name(static_cast<wire::Reason>(reason)))}});
  }
  std::vector<LimitStatus> limits = input.limits;
  const auto refusals = [](const LimitStatus& limit) { return limit.rate_refusals + limit.concurrency_refusals; };
  std::ranges::stable_sort(limits, [&](const auto& a, const auto& b) { return refusals(a) > refusals(b); });
  if (limits.size() > kClientNamesMax) limits.resize(kClientNamesMax);
  page.counter("ringside_limit_refusals_total", "Calls that one limit refused, by whom it is about.");
  for (const LimitStatus& limit : limits) {
    page.value(limit.rate_refusals, {{"subject", limit.subject}, {"reason", "rate_limit"}});
    page.value(limit.concurrency_refusals, {{"subject", limit.subject}, {"reason", "concurrency_limit"}});
  }
  page.gauge("ringside_limit_in_flight", "Calls under way, where a limit counts them.");
  for (const LimitStatus& limit : limits) {
    if (limit.in_flight_max != 0) page.value(std::uint64_t{limit.in_flight}, {{"subject", limit.subject}});
  }
}

void add_versions(MetricsText& page, const MetricsInput& input) {
  page.gauge("ringside_version_state", "1 for the load state that a version is in.");
  for (const VersionStatus& version : input.versions) {
    page.value(1.0, {{"version", version.version}, {"state", std::string(name(version.state))}});
  }
  page.gauge("ringside_version_role", "1 for each role of a version.");
  for (const VersionStatus& version : input.versions) {
    for (const std::string& role : version.roles) page.value(1.0, {{"version", version.version}, {"role", role}});
  }
  const auto of_bundles = [&](const char* name, const char* help, auto figure) {
    page.gauge(name, help);
    for (const VersionStatus& version : input.versions) {
      if (version.bundle) page.value(figure(version), {{"version", version.version}});
    }
  };
  of_bundles("ringside_bundle_bytes", "Memory of a resident bundle.", [](const auto& v) { return v.bundle->facts.bytes; });
  of_bundles("ringside_bundle_resident_timestamp_seconds", "When a bundle became resident.",
             [](const auto& v) { return unix_s(v.resident_at); });
  of_bundles("ringside_bundle_load_seconds", "How long loading and verifying it took.",
             [](const auto& v) { return std::chrono::duration<double>(v.bundle->facts.load_time).count(); });
  of_bundles("ringside_bundle_golden_rows", "Golden rows that were replayed before it went live, every bit right.",
             [](const auto& v) { return v.bundle->facts.golden_rows + v.bundle->facts.golden_rejects; });
  of_bundles("ringside_bundle_inexact_steps", "Preprocessing steps that may differ from training by their stated bound.",
             [](const auto& v) { return std::uint64_t{v.bundle->facts.inexact_steps.size()}; });
  page.gauge("ringside_canary_percent", "Share of route keys that the canary answers.");
  for (const VersionStatus& version : input.versions) {
    if (version.canary_percent) page.value(*version.canary_percent, {{"version", version.version}});
  }
  page.gauge("ringside_pins", "Pinned route keys and routing tags.");
  page.value(std::uint64_t{input.roles.assigned.pins->keys()}, {{"kind", "key"}});
  page.value(std::uint64_t{input.roles.assigned.pins->tags()}, {{"kind", "tag"}});
}

// The numbers of a metric stay as they are, whatever becomes of the enumeration.
double level_of(DriftVerdict verdict) {
  switch (verdict) {
    case DriftVerdict::kNotJudged:
    case DriftVerdict::kNoBaseline:
      return 0;
    case DriftVerdict::kTooFewRows:
      return 1;
    case DriftVerdict::kStable:
      return 2;
    case DriftVerdict::kModerate:
      return 3;
    case DriftVerdict::kMajor:
      return 4;
  }
  return 0;
}

void add_drift(MetricsText& page, const std::vector<DriftReport>& reports) {
  const auto of_windows = [&](const char* name, const char* help, auto figure) {
    page.gauge(name, help);
    for (const DriftReport& report : reports) {
      for (const WindowDrift& window : report.windows) {
        if (window.scores.empty()) continue;  // no baseline
        page.value(figure(window), {{"version", report.version}, {"window", std::string(window.name)}});
      }
    }
  };
  const auto greatest = [](const std::vector<HistogramDrift>& histograms) {
    double psi = 0;
    for (const HistogramDrift& histogram : histograms) psi = std::max(psi, histogram.psi);
    return psi;
  };
  of_windows("ringside_drift_score_psi", "Population stability index of the scores against training (the greatest, if several).",
             [&](const WindowDrift& window) { return greatest(window.scores); });
  of_windows("ringside_drift_feature_psi_max", "The greatest population stability index of a feature against training.",
             [&](const WindowDrift& window) { return greatest(window.features); });
  of_windows("ringside_drift_verdict", "0 no baseline or not judged, 1 too few rows, 2 stable, 3 moderate, 4 major.",
             [](const WindowDrift& window) { return level_of(window.verdict); });
  const auto each = [&](auto visit) {
    for (const DriftReport& report : reports) {
      for (const WindowDrift& window : report.windows)
        visit(window, Labels{{"version", report.version}, {"window", std::string(window.name)}});
    }
  };
  page.gauge("ringside_drift_feature_psi", "Population stability index of a feature against training, of the first 200.");
  each([&](const WindowDrift& window, const Labels& of) {
    for (const HistogramDrift& feature : std::span(window.features).first(std::min(window.features.size(), kDriftNamesMax))) {
      Labels labels = of;
      labels.emplace_back("feature", feature.name);
      page.value(feature.psi, std::move(labels));
    }
  });
  page.gauge("ringside_drift_field_rate", "Share of the rows in which a field is missing, filled, ..., of the first 200.");
  each([&](const WindowDrift& window, const Labels& of) {
    if (window.rows == 0) return;
    for (const FieldDrift& field : std::span(window.fields).first(std::min(window.fields.size(), kDriftNamesMax))) {
      for (std::size_t what = 0; what < kFieldCounts; ++what) {
        Labels labels = of;
        labels.emplace_back("field", field.name);
        labels.emplace_back("what", std::string(name(static_cast<FieldCount>(what))));
        page.value(field.rates[what], std::move(labels));
      }
    }
  });
}

void add_journal(MetricsText& page, const JournalFigures& journal) {
  const RecorderStatus& recorder = journal.status.recorder;
  page.counter("ringside_journal_records_total", "Records of predictions that workers committed.");
  page.value(journal.status.records);
  page.counter("ringside_journal_unrecorded_rows_total", "Rows without a record of their own: gap records count them.");
  page.value(journal.status.unrecorded_rows);
  page.counter("ringside_journal_sampled_out_rows_total", "Rows that journal.sample left out.");
  page.value(journal.status.sampled_out_rows);
  page.counter("ringside_journal_written_bytes_total", "Bytes that reached journal files.");
  page.value(recorder.written_bytes);
  page.counter("ringside_journal_files_total", "Journal files that were begun.");
  page.value(recorder.files);
  page.counter("ringside_journal_failures_total", "Writes, syncs and new files that failed.");
  page.value(recorder.failures);
  page.gauge("ringside_journal_failing", "1 while the recorder's last pass failed.");
  page.value(recorder.problem.empty() ? 0.0 : 1.0);
  page.gauge("ringside_journal_waiting_bytes", "Committed, and not yet in a file.");
  page.value(recorder.waiting_bytes);
  page.gauge("ringside_journal_landing_bytes",
             "Room for them, of all workers together; where it is full, journal.when_full decides.");
  page.value(journal.landing_bytes);
  page.gauge("ringside_journal_undurable_bytes", "Written, and not known to be on the disk.");
  page.value(recorder.written_bytes - std::min(recorder.written_bytes, recorder.durable_bytes));
  page.gauge("ringside_journal_lag_seconds", "How long the oldest record that is in no file has waited, to the second.");
  page.value(journal.lag_s);
  if (const auto& index = journal.status.index) {
    page.gauge("ringside_journal_indexed_records", "Predictions in the index.");
    page.value(index->records);
    page.gauge("ringside_journal_index_lag_bytes",
               "Of the journal's files, not in the index yet: what ringside audit cannot find.");
    page.value(index->lag_bytes);
    page.gauge("ringside_journal_index_failing", "1 while the index is not kept.");
    page.value(index->problem.empty() ? 0.0 : 1.0);
  }
  if (const auto& kept = journal.status.keeping) {
    page.gauge("ringside_journal_kept_files", "Journal files on the disk.");
    page.value(kept->files);
    page.gauge("ringside_journal_kept_bytes", "Bytes that they take.");
    page.value(kept->bytes);
    page.gauge("ringside_journal_held_files", "Of them, kept by a legal hold; counted where retention is on.");
    page.value(kept->held);
    page.counter("ringside_journal_expired_files_total", "Journal files that retention deleted.");
    page.value(kept->expired);
    page.gauge("ringside_journal_keeping_failing", "1 while files can be neither sealed nor deleted.");
    page.value(kept->problem.empty() ? 0.0 : 1.0);
  }
}

void add_process(MetricsText& page, const MetricsInput& input) {
  const ProcessStatus& process = input.process;
  page.counter("process_cpu_seconds_total", "Processor time of the engine, user and system.");
  page.value(process.cpu_s);
  page.gauge("process_resident_memory_bytes", "Resident memory.");
  page.value(process.resident_bytes);
  page.gauge("process_virtual_memory_bytes", "Address space.");
  page.value(process.virtual_bytes);
  page.gauge("process_open_fds", "Open file descriptors.");
  page.value(process.open_fds);
  page.gauge("process_max_fds", "How many there may be.");
  page.value(process.max_fds);
  page.gauge("process_threads", "Threads.");
  page.value(process.threads);
  page.counter("process_major_page_faults_total", "Page faults that had to read from a disk.");
  page.value(process.major_faults);
  page.gauge("process_start_time_seconds", "When the engine started, in seconds since 1970.");
  page.value(unix_s(input.started));
}

}  // namespace

std::string exposition(const MetricsInput& input) {
  MetricsText page;
  page.gauge("ringside_ready", "1 while a version answers.");
  page.value(input.roles.current.empty() ? 0.0 : 1.0, {{"task", input.task}});
  add_requests(page, input);
  add_workers(page, input);
  add_clients(page, input.clients);
  add_limits(page, input);
  add_versions(page, input);
  add_drift(page, input.drift);
  if (input.journal) add_journal(page, *input.journal);
  add_process(page, input);
  return std::move(page).text();
}

}  // namespace ringside::engine
