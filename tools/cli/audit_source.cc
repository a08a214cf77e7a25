#include "tools/cli/audit_source.h"

#include <chrono>
#include <filesystem>

#include "engine/ledger/index/ledger_desk.h"
#include "schemas/process/run_paths.h"
#include "tools/cli/admin_client.h"
#include "tools/cli/url_text.h"

namespace ringside::cli {
namespace {

constexpr std::uint64_t kBatchRecords = 1u << 20;

std::uint64_t now_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

std::string target_of(std::string path, const AuditParameterList& parameters) {
  char joint = '?';
  for (const auto& [name, value] : parameters) {
    path += joint + name + "=" + url_text(value);
    joint = '&';
  }
  return path;
}

Trouble refused(const std::string& what) { return trouble(ExitStatus::kFailed, what); }

}  // namespace

Result<std::string, Trouble> audit_state(const Globals& globals, const AuditOptions& options) {
  const std::string root = options.state_dir.empty() ? default_state_dir(PathEnvironment::of_this_process()) : options.state_dir;
  std::error_code error;
  if (!globals.task.empty()) return root + "/" + globals.task;
  std::vector<std::string> tasks;
  for (std::filesystem::directory_iterator entry(root, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (std::filesystem::is_directory(entry->path() / "journal", ignored)) tasks.push_back(entry->path().string());
  }
  if (tasks.size() > 1)
    return fail(trouble(ExitStatus::kUsage, "several tasks have a journal under " + root + "; next: --task NAME"));
  if (tasks.empty()) {
    return fail(trouble(ExitStatus::kFailed, "no task has a journal under " + root +
                                                 "; next: --state-dir DIR, or journal.enabled in the engine's configuration"));
  }
  return tasks.front();
}

Result<AuditSource, Trouble> AuditSource::of(const Globals& globals, const AuditOptions& options) {
  AuditSource source;
  source.globals_ = globals;
  if (options.state_dir.empty() && !options.decrypt) {
    const auto socket = admin_socket_of(globals);
    const auto answer = socket ? ask(*socket, "GET", "/healthz", nullptr, std::chrono::seconds(10))
                               : Result<AdminAnswer, Trouble>(fail(socket.error()));
    if (answer) return source;
    if (answer.error().status != ExitStatus::kUnreachable) return fail(answer.error());
  }
  const auto state = audit_state(globals, options);
  if (!state) return fail(state.error());
  std::error_code error;
  if (!std::filesystem::is_directory(*state + "/journal", error))
    return fail(refused(*state + " has no journal; next: --state-dir DIR"));
  auto keys = engine::AuditIndex::keys(options.key_file.empty() ? *state + "/journal.key" : options.key_file);
  // Only a user's pseudonym needs it.
  if (!keys && !options.user.empty()) return fail(trouble(ExitStatus::kRefused, keys.error() + "; next: --key-file FILE"));
  const engine::AuditIndex::Terms terms{.journal_folder = *state + "/journal",
                                        .index_folder = *state + "/index",
                                        .keys = keys ? std::move(*keys) : std::vector<engine::JournalKey>{},
                                        .day_keys_folder = !options.decrypt           ? std::string()
                                                           : options.day_keys.empty() ? *state + "/day_keys"
                                                                                      : options.day_keys};
  auto opened = engine::AuditIndex::open(terms, engine::AuditIndex::Mode::kWrite);
  if (!opened) {  // an engine holds it, or this user may only read
    auto reader = engine::AuditIndex::open(terms, engine::AuditIndex::Mode::kRead);
    if (!reader) return fail(refused(opened.error() + "; " + reader.error()));
    source.index_ = std::move(*reader);
    return source;
  }
  source.index_ = std::move(*opened);
  while (true) {
    const auto more = source.index_->catch_up(kBatchRecords);
    if (!more) return fail(refused(more.error()));
    if (!*more) return source;
  }
}

Result<Json, Trouble> AuditSource::page(const AuditParameterList& parameters) {
  if (index_ == nullptr) return get(globals_, target_of("/audit", parameters));
  const auto question = engine::audit_question(parameters, now_ns());
  if (!question) return fail(trouble(ExitStatus::kUsage, "--" + question.error() + "; next: ringside audit query --help"));
  const auto page = index_->find(*question, {});
  if (!page) return fail(refused(page.error()));
  const auto status = index_->status();
  return Json::parse(engine::audit_document(*page, status ? *status : engine::IndexStatus{}));
}

Result<Json, Trouble> AuditSource::stats(const AuditParameterList& parameters) {
  if (index_ == nullptr) return get(globals_, target_of("/audit/stats", parameters));
  const auto question = engine::audit_stats_question(parameters, now_ns());
  if (!question) return fail(trouble(ExitStatus::kUsage, "--" + question.error() + "; next: ringside audit stats --help"));
  const auto tallies = index_->count(*question, {});
  if (!tallies) return fail(refused(tallies.error()));
  const auto status = index_->status();
  return Json::parse(engine::audit_stats_document(*tallies, status ? *status : engine::IndexStatus{}));
}

}  // namespace ringside::cli
