#include "bench/switch/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "tools/load/report.h"
#include "tools/load/svg_figure.h"

namespace ringside::bench {
namespace {

using load::escaped;
using load::kBottom, load::kHeight, load::kLeft, load::kRight, load::kTop, load::kWidth;

constexpr std::uint64_t kBandNs = 100'000'000;

// A line of the chart: a percentile of the calls that were due in each tenth of a second.
struct Line {
  const char* name;
  double quantile;
  const char* colour;
};
constexpr Line kLines[] = {
    {"p50", 0.5, "#7fb7d0"}, {"p99", 0.99, "#0b6e99"}, {"p99.9", 0.999, "#a03c00"}, {"max", 1.0, "#b9bec5"}};

double us(std::uint64_t ns) { return static_cast<double>(ns) / 1'000; }

const char* colour_of(const Window& window) {
  if (window.what == "switch") return "#0b6e99";
  if (window.what == "rollback") return "#a03c00";
  return window.what == "loading" ? "#c9a227" : "#5b8c3a";  // else a canary's move
}

using Bands = std::vector<std::array<double, std::size(kLines)>>;

Bands bands_of(const Phase& phase) {
  Bands bands;
  std::vector<std::uint32_t> here;
  const std::uint64_t start = phase.schedule.due_ns(0);
  for (std::uint64_t call = 0; call <= phase.calls; ++call) {
    if (call == phase.calls || (phase.schedule.due_ns(call) - start) / kBandNs > bands.size()) {
      if (here.empty()) break;
      std::ranges::sort(here);
      auto& band = bands.emplace_back();
      for (std::size_t i = 0; i < std::size(kLines); ++i) {
        const double rank = std::ceil(kLines[i].quantile * static_cast<double>(here.size())) - 1;
        band[i] = us(here[static_cast<std::size_t>(rank)]);
      }
      here.clear();
    }
    if (call < phase.calls) here.push_back(phase.latency_ns[call]);
  }
  return bands;
}

std::string chart(const Phase& phase) {
  const Bands bands = bands_of(phase);
  double least = 1e9, most = 0;
  for (const auto& band : bands) {
    least = std::min(least, band[0]);
    most = std::max(most, band[std::size(kLines) - 1]);
  }
  const load::LatencyScale scale{std::floor(std::log10(std::max(least, 0.01))), std::ceil(std::log10(std::max(most, 0.1)))};
  const std::uint64_t start = phase.schedule.due_ns(0);
  const double span_ns = static_cast<double>(std::max<std::size_t>(bands.size(), 1) * kBandNs);
  const auto x_of = [&](double ns) { return kLeft + std::clamp(ns / span_ns, 0.0, 1.0) * (kWidth - kLeft - kRight); };
  std::string drawing;
  for (const Window& window : phase.windows) {
    const double from = x_of(static_cast<double>(window.begin_ns - start)), to = x_of(static_cast<double>(window.end_ns - start));
    const bool long_one = window.what == "loading";
    drawing += fmt::format(
        "<rect x=\"{:.2f}\" y=\"{}\" width=\"{:.2f}\" height=\"{}\" fill=\"{}\" fill-opacity=\"{}\"><title>{}</title></rect>",
        from, long_one ? kTop : kHeight - kBottom, std::max(to - from, 0.3), long_one ? kHeight - kBottom - kTop : 8.0,
        colour_of(window), long_one ? 0.18 : 0.8, escaped(window.what));
  }
  drawing += scale.grid();
  for (std::size_t i = 0; i < std::size(kLines); ++i) {
    std::string points;
    for (std::size_t band = 0; band < bands.size(); ++band) {
      points += fmt::format("{:.1f},{:.1f} ", x_of((static_cast<double>(band) + 0.5) * kBandNs), scale.y_of(bands[band][i]));
    }
    drawing += fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\"/>", points, kLines[i].colour) +
               fmt::format("<text x=\"{:.1f}\" y=\"12\" style=\"fill: {}\">{}</text>", kLeft + 60.0 * static_cast<double>(i),
                           kLines[i].colour, kLines[i].name);
  }
  return drawing + load::label(kLeft, kHeight - 12, "start", "0 s") +
         load::label(kWidth - kRight, kHeight - 12, "end", fmt::format("{:.1f} s", span_ns / 1e9));
}

std::string numbers(const Phase& phase) {
  std::string text = fmt::format("{:<22}", "us");
  for (const auto& [name, quantile] : load::kQuantiles) text += fmt::format("{:>10}", name);
  text += fmt::format("{:>10}{:>12}\n", "max", "calls");
  for (const auto& [name, histogram] : {std::pair(phase.inside, &phase.in_ns), std::pair(phase.outside, &phase.out_ns)}) {
    text += fmt::format("{:<22}", name.substr(name.find(' ') + 1));
    for (const auto& [word, quantile] : load::kQuantiles) text += fmt::format("{:>10.2f}", us(histogram->quantile(quantile)));
    text += fmt::format("{:>10.1f}{:>12}\n", us(histogram->max()), histogram->count());
  }
  std::map<std::string, int> counts;
  for (const Window& window : phase.windows) ++counts[window.what];
  std::string marks;
  for (const auto& [what, count] : counts) marks += (marks.empty() ? "" : ", ") + fmt::format("{} {}", count, what);
  return text +
         fmt::format(
             "\np99.9, inside over outside: {:.2f}\ncapacity {:.0f} calls/s, sent {:.0f} a second ({:.0f} %)\nmarked: {}\n",
             1 / phase.ratio(), phase.capacity, phase.rate(), 100 * phase.rate() / phase.capacity, marks);
}

}  // namespace

std::string page_of(const std::vector<Phase>& phases, const Tally& tally) {
  std::string page = load::page_head("Ringside: latency while versions change");
  page += fmt::format(
      "<p>{} calls: {} answered with the bits of the version that they name; {} failed, {} late, {} wrong, none dropped, none "
      "answered "
      "twice. Latency counts from when a call was due.</p>\n",
      tally.sent, tally.right, tally.failed, tally.late, tally.wrong + tally.foreign);
  for (const Phase& phase : phases) {
    page += load::figure(phase.inside + " beside " + phase.outside + ": each tenth of a second", chart(phase));
    page += fmt::format("<pre>{}</pre>\n", escaped(numbers(phase)));
  }
  return page + std::string(load::kPageEnd);
}

}  // namespace ringside::bench
