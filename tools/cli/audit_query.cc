// audit query, stats and export: what the index finds, for people, for programs, for a file.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "tools/cli/audit.h"
#include "tools/cli/audit_rows.h"
#include "tools/cli/audit_source.h"
#include "tools/cli/columns.h"

namespace ringside::cli {
namespace {

constexpr std::uint64_t kLimitDefault = 100;

struct CloseFile {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

// What is said on standard error beside the answer.
void say_more(const std::string& cursor) {
  if (!cursor.empty()) std::fprintf(stderr, "there is more; next: --cursor %s\n", cursor.c_str());
}

int not_written(const Globals& globals, const std::string& path) {
  return report(globals, trouble(ExitStatus::kFailed, path + ": cannot be written: " + std::generic_category().message(errno)));
}

}  // namespace

int audit_query(const Globals& globals, const AuditOptions& options) {
  auto source = AuditSource::of(globals, options);
  if (!source) return report(globals, source.error());
  const bool csv = options.format == "csv", lines = globals.json || options.format == "jsonl";
  std::vector<std::vector<std::string>> table{audit_table_head()};
  if (csv) std::fputs(audit_csv_head().c_str(), stdout);
  const auto more = each_record(*source, options.parameters(), options.cursor, options.limit == 0 ? kLimitDefault : options.limit,
                                [&](const Json& record) {
                                  if (csv) {
                                    std::fputs(audit_csv_line(record).c_str(), stdout);
                                  } else if (lines) {
                                    std::fputs((json_text(record) + "\n").c_str(), stdout);
                                  } else {
                                    table.push_back(audit_table_row(record));
                                  }
                                  return std::ferror(stdout) == 0;
                                });
  if (!more) return report(globals, more.error());
  if (!csv && !lines) std::fputs((table.size() == 1 ? "no records\n" : columns(table)).c_str(), stdout);
  say_more(*more);
  return std::fflush(stdout) == 0 ? 0 : not_written(globals, "standard output");
}

int audit_stats(const Globals& globals, const AuditOptions& options) {
  auto source = AuditSource::of(globals, options);
  if (!source) return report(globals, source.error());
  const auto stats = source->stats(options.parameters());
  if (!stats) return report(globals, stats.error());
  if (globals.json) {
    print_line(*stats);
    return 0;
  }
  std::vector<std::vector<std::string>> table;
  for (const auto& count : stats->at("counts")) {
    if (table.empty()) {
      table.emplace_back();
      for (const auto& [name, value] : count.items()) table.back().push_back(name);
    }
    table.emplace_back();
    for (const auto& [name, value] : count.items())
      table.back().push_back(value.is_null() ? "-" : value.is_string() ? value.get<std::string>() : value.dump());
  }
  std::fputs((table.empty() ? "nothing was recorded\n" : columns(table)).c_str(), stdout);
  return 0;
}

// Beside the file and renamed into it, once it is whole and on the disk.
int audit_export(const Globals& globals, const AuditOptions& options) {
  auto source = AuditSource::of(globals, options);
  if (!source) return report(globals, source.error());
  const std::string beside = options.out + ".new";
  const int descriptor = open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
  std::unique_ptr<std::FILE, CloseFile> file(descriptor < 0 ? nullptr : fdopen(descriptor, "w"));
  if (file == nullptr) return not_written(globals, beside);
  std::uint64_t count = 0;
  const bool csv = options.format == "csv";
  if (csv) std::fputs(audit_csv_head().c_str(), file.get());
  const auto done = each_record(*source, options.parameters(), options.cursor, options.limit, [&](const Json& record) {
    ++count;
    return std::fputs((csv ? audit_csv_line(record) : json_text(record) + "\n").c_str(), file.get()) >= 0;
  });
  const bool whole = done && std::ferror(file.get()) == 0 && std::fflush(file.get()) == 0 && fsync(descriptor) == 0 &&
                     std::rename(beside.c_str(), options.out.c_str()) == 0;
  if (!whole) {
    const int status = done ? not_written(globals, options.out) : report(globals, done.error());
    unlink(beside.c_str());
    return status;
  }
  if (globals.json) {
    print_line({{"file", options.out}, {"format", csv ? "csv" : "jsonl"}, {"records", count}});
  } else {
    std::printf("%s: %s\n", options.out.c_str(), counted(count, "record").c_str());
  }
  return 0;
}

}  // namespace ringside::cli
