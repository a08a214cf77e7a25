#include "tools/cli/top.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <thread>
#include <utility>

#include "client_lib/base/clock.h"
#include "tools/cli/admin_client.h"
#include "tools/cli/duration.h"
#include "tools/cli/metrics_sample.h"
#include "tools/cli/top_view.h"

namespace ringside::cli {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kShortest{100};
constexpr std::chrono::hours kLongest{1};
constexpr const char* kHomeThenClear = "\x1b[H\x1b[J";  // ECMA-48: cursor to the corner, erase what follows

struct Page {
  MetricsSample sample;
  std::uint64_t at_ns = 0;
};

Result<Page, Trouble> read_page(const Globals& globals) {
  auto text = get_text(globals, "/metrics");
  if (!text) return fail(text.error());
  const std::uint64_t at_ns = base::monotonic_ns();
  auto sample = MetricsSample::parse(*text);
  if (!sample) return fail(trouble(ExitStatus::kFailed, sample.error() + "; next: ringside metrics"));
  return Page{std::move(*sample), at_ns};
}

}  // namespace

int show_top(const Globals& globals, const TopOptions& options) {
  const auto interval = parse_duration(options.interval);
  if (!interval || *interval < kShortest || *interval > kLongest) {
    return report(globals, trouble(ExitStatus::kUsage, "--interval '" + options.interval +
                                                           "' is no time from 100ms to 3600s; next: ringside top --help"));
  }
  const bool in_place = !globals.json && isatty(STDOUT_FILENO) == 1;
  auto before = read_page(globals);
  if (!before) return report(globals, before.error());
  for (unsigned page = 0; options.count == 0 || page < options.count; ++page) {
    std::this_thread::sleep_for(*interval);
    auto after = read_page(globals);
    if (!after) return report(globals, after.error());
    const Json document = top_document(before->sample, after->sample, static_cast<double>(after->at_ns - before->at_ns) / 1e9);
    if (globals.json) {
      print_line(document);
    } else {
      std::fputs(in_place ? kHomeThenClear : page == 0 ? "" : "\n", stdout);
      std::fputs(top_text(document).c_str(), stdout);
    }
    std::fflush(stdout);
    if (std::ferror(stdout) != 0) return report(globals, trouble(ExitStatus::kFailed, "standard output cannot be written"));
    before = std::move(after);
  }
  return static_cast<int>(ExitStatus::kDone);
}

}  // namespace ringside::cli
