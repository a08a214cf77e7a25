// The report as one page: what was asked, the percentile curve, calls by second. Plain SVG, so that it can be mailed and kept.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tools/load/report.h"
#include "tools/load/svg_figure.h"

namespace ringside::load {
namespace {

// Latency against "nines": p0 at the left, each further nine as wide as the last, microseconds on a logarithmic scale.
std::string latency_curve(const Report& report) {
  constexpr double kNinesMax = 4;  // p99.99
  const double low = std::floor(std::log10(std::max(0.01, static_cast<double>(report.latency_ns.min()) / 1'000)));
  const double high =
      std::max(low + 1, std::ceil(std::log10(std::max(0.01, static_cast<double>(report.latency_ns.quantile(0.9999)) / 1'000))));
  const auto x_of = [](double nines) { return kLeft + nines / kNinesMax * (kWidth - kLeft - kRight); };
  const LatencyScale scale{low, high};
  std::string drawing = scale.grid();
  for (const auto& [word, quantile] : kQuantiles) drawing += label(x_of(-std::log10(1 - quantile)), kHeight - 12, "middle", word);
  std::string points;
  for (double nines = 0; nines <= kNinesMax + 1e-9; nines += 0.02) {
    const double us = static_cast<double>(report.latency_ns.quantile(1 - std::pow(10, -nines))) / 1'000;
    points += fmt::format("{:.1f},{:.1f} ", x_of(nines), scale.y_of(us));
  }
  return drawing + fmt::format("<polyline points=\"{}\" class=\"curve\"/>", points);
}

std::string throughput_bars(const Report& report) {
  std::uint64_t most = 1;
  for (const SecondCounts& second : report.seconds) most = std::max(most, second.calls);
  const double room = kHeight - kBottom - kTop;
  const double wide = (kWidth - kLeft - kRight) / static_cast<double>(std::max<std::size_t>(report.seconds.size(), 1));
  std::string drawing;
  for (const double part : {0.0, 0.5, 1.0}) {
    const double y = kHeight - kBottom - part * room;
    drawing += grid_line(y) + label(kLeft - 6, y + 4, "end", fmt::format("{:.0f}", part * static_cast<double>(most)));
  }
  for (std::size_t i = 0; i < report.seconds.size(); ++i) {
    const double high = static_cast<double>(report.seconds[i].calls) / static_cast<double>(most) * room;
    drawing += fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" class=\"bar\"><title>second {}: {} calls, slowest "
        "{:.1f} us</title></rect>",
        kLeft + static_cast<double>(i) * wide + wide * 0.05, kHeight - kBottom - high, wide * 0.9, high, i,
        report.seconds[i].calls, static_cast<double>(report.seconds[i].max_ns) / 1'000);
  }
  return drawing + label(kLeft, kHeight - 12, "start", "0 s") +
         label(kWidth - kRight, kHeight - 12, "end", fmt::format("{} s", report.seconds.size()));
}

}  // namespace

std::string html_of(const Report& report) {
  return page_head("ringside-load") + fmt::format("<pre>{}</pre>\n", escaped(text_of(report))) +
         figure(report.options.mode == Mode::kOpen ? "Latency of a call from its intended send time" : "Latency of a call",
                latency_curve(report)) +
         figure("Calls answered, by second", throughput_bars(report)) + std::string(kPageEnd);
}

}  // namespace ringside::load
