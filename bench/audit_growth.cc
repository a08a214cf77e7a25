// What the audit costs as a journal grows: records indexed a second, a look-up by request id, by user and time, the first page of a version, the
// bytes of the index a record, and how fast the chain is verified.
//
//   audit_growth DIR [RECORDS [STEPS]]     makes a journal in DIR (a new folder), 22 fields a row; 4,000,000 records in 4 steps by default
//
// A look-up is of a random record, once: median and slowest of 200, in this process, pages of the index as the system has them.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ledger/chain/verify.h"
#include "engine/ledger/index/audit_index.h"
#include "tests/engine/ledger/made_records.h"

namespace {

using namespace ringside;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kUsers = 100'000, kRecordsAFile = 600'000, kNsARecord = 100'000;  // 10,000 records a second

// Of this process, in the kernel too: on a busy machine the figure that says something.
double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

std::uint64_t scrambled(std::uint64_t i) { return (i + 1) * 0x9E37'79B9'7F4A'7C15; }
std::string id_of(std::uint64_t record) { return std::to_string(scrambled(record)); }
std::string user_of(std::uint64_t record) { return "user-" + std::to_string(scrambled(record) % kUsers); }

struct Times {
  std::vector<double> ms;
  void print(const char* what) {
    std::ranges::sort(ms);
    std::printf("  %-28s p50 %8.3f ms   slowest %8.3f ms\n", what, ms[ms.size() / 2], ms.back());
  }
};

template <class Ask>
void measure(const char* what, const Ask& ask) {
  Times times;
  for (int i = 0; i < 200; ++i) {
    const auto begin = Clock::now();
    ask();
    times.ms.push_back(seconds_since(begin) * 1e3);
  }
  times.print(what);
}

std::uint64_t bytes_in(const std::string& folder) {
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) bytes += entry.file_size();
  return bytes;
}

void ask(engine::AuditIndex& index, std::uint64_t records) {
  std::mt19937_64 random(records);
  const auto find = [&](const engine::AuditQuestion& question, bool must_be_there) {
    const auto page = index.find(question, {});
    if (!page || (must_be_there && page->records.empty())) std::printf("  NOT FOUND %s\n", page ? "" : page.error().c_str());
  };
  measure("one request id", [&] { find({.request_id = id_of(random() % records)}, true); });
  measure("a user within an hour", [&] {
    const std::uint64_t one = random() % records, at = test::kMadeTime + one * kNsARecord;
    find({.user = user_of(one), .from_ns = at - 1'800'000'000'000, .to_ns = at + 1'800'000'000'000}, true);
  });
  measure("the newest 100 of a version", [&] { find({.version = "v2"}, true); });
  measure("a status in ten minutes", [&] {
    const std::uint64_t at = test::kMadeTime + random() % records * kNsARecord;
    find({.status = 1, .from_ns = at, .to_ns = at + 600'000'000'000}, false);
  });
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int at, std::uint64_t otherwise) {
    std::uint64_t value = otherwise;
    if (argc > at) std::from_chars(argv[at], argv[at] + std::string_view(argv[at]).size(), value);
    return std::max<std::uint64_t>(value, 1);
  };
  if (argc < 2) return 2;
  const std::string folder = argv[1];
  const std::uint64_t records = number(2, 4'000'000), steps = number(3, 4);
  test::MadeJournal journal(folder + "/journal");
  journal.write_at_once(1u << 20);
  journal.version(0, "v1");
  journal.version(1, "v2");
  auto index = engine::AuditIndex::open(
      {.journal_folder = folder + "/journal", .index_folder = folder + "/index", .keys = {test::MadeJournal::key()}},
      engine::AuditIndex::Mode::kWrite);
  if (!index) return 1;
  const std::string filler(200, 'f');  // as long as a row of 22 fields
  for (std::uint64_t step = 0, made = 0; step < steps; ++step) {
    const std::uint64_t until = records * (step + 1) / steps, before = made;
    for (; made < until; ++made) {
      if (made % kRecordsAFile == 0 && made != 0) journal.next_file();
      journal.row({.request_id = id_of(made),
                   .user = user_of(made),
                   .trace_id = filler,
                   .version = made % 20 == 0 ? 1u : 0u,
                   .status = made % 100 == 1 ? wire::Status::kInvalid : wire::Status::kOk,
                   .wall_ns = test::kMadeTime + made * kNsARecord,
                   .ticket = made});
    }
    journal.flush();
    const auto begin = Clock::now();
    const double cpu_before = cpu_seconds();
    while (true) {
      const auto more = (*index)->catch_up(65'536);
      if (!more) return 1;
      if (!*more) break;
    }
    const double took = seconds_since(begin), worked = cpu_seconds() - cpu_before;
    std::printf(
        "%llu records: indexed %.0f records/s in this step, %.0f a second of CPU; index %.0f bytes a record, journal %.0f\n",
        static_cast<unsigned long long>(made), static_cast<double>(made - before) / took,
        static_cast<double>(made - before) / worked, static_cast<double>(bytes_in(folder + "/index")) / static_cast<double>(made),
        static_cast<double>(bytes_in(folder + "/journal")) / static_cast<double>(made));
    ask(**index, made);
  }
  const auto begin = Clock::now();
  const double cpu_before = cpu_seconds();
  const auto verified = engine::verify_journal(folder + "/journal", {}, {});
  const double took = seconds_since(begin), worked = cpu_seconds() - cpu_before;
  if (!verified || verified->problem) return 1;
  std::printf("verified %llu blocks: %.0f MB/s, %.0f a second of CPU\n", static_cast<unsigned long long>(verified->blocks),
              static_cast<double>(verified->bytes) / 1e6 / took, static_cast<double>(verified->bytes) / 1e6 / worked);
  return 0;
}
