// What the pages of measurements are made of: plain SVG in plain HTML, so that a page can be mailed and kept; no script, nothing loaded.
//
//   page_head("ringside-load") + figure("Latency by second", scale.grid() + polylines) + kPageEnd
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace ringside::load {

// A figure's room: what is drawn lies between the margins.
inline constexpr double kWidth = 720, kHeight = 260, kLeft = 70, kBottom = 36, kTop = 16, kRight = 16;

[[nodiscard]] std::string escaped(std::string_view text);
// `drawing` is SVG; the title is escaped.
[[nodiscard]] std::string figure(const std::string& title, const std::string& drawing);
// `anchor`: start, middle or end; the text is escaped.
[[nodiscard]] std::string label(double x, double y, const char* anchor, const std::string& text);
[[nodiscard]] std::string grid_line(double y);

// Microseconds on a logarithmic scale from 10^low to 10^high.
struct LatencyScale {
  double low, high;

  [[nodiscard]] double y_of(double us) const;
  [[nodiscard]] std::string grid() const;  // a line and a label for each power of ten
};

// Up to and with the heading.
[[nodiscard]] std::string page_head(const std::string& title);
inline constexpr std::string_view kPageEnd = "</body></html>\n";

}  // namespace ringside::load
