#include "tools/load/svg_figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace ringside::load {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string figure(const std::string& title, const std::string& drawing) {
  return fmt::format(
      "<figure><figcaption>{}</figcaption><svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">{}</svg></figure>\n",
      escaped(title), kWidth, kHeight, escaped(title), drawing);
}

std::string label(double x, double y, const char* anchor, const std::string& text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>", x, y, anchor, escaped(text));
}

std::string grid_line(double y) {
  return fmt::format("<line x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\" class=\"grid\"/>", kLeft, kWidth - kRight, y, y);
}

double LatencyScale::y_of(double us) const {
  return kHeight - kBottom - (std::log10(std::max(us, 0.01)) - low) / (high - low) * (kHeight - kBottom - kTop);
}

std::string LatencyScale::grid() const {
  std::string drawing;
  for (double power = low; power <= high; ++power) {
    const double us = std::pow(10, power);
    drawing += grid_line(y_of(us)) + label(kLeft - 6, y_of(us) + 4, "end", fmt::format("{:g} us", us));
  }
  return drawing;
}

std::string page_head(const std::string& title) {
  constexpr const char* kStyle = R"(
body { font: 15px/1.5 system-ui, sans-serif; max-width: 760px; margin: 2em auto; color: #1b1f24; }
pre { background: #f4f5f7; padding: 1em; overflow-x: auto; }
figure { margin: 1.5em 0; } figcaption { font-weight: 600; }
svg { width: 100%; height: auto; } text { font-size: 12px; fill: #444c56; }
.grid { stroke: #d8dce1; } .curve { fill: none; stroke: #0b6e99; stroke-width: 2; } .bar { fill: #0b6e99; }
)";
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + escaped(title) + "</title><style>" +
         kStyle + "</style></head><body>\n<h1>" + escaped(title) + "</h1>\n";
}

}  // namespace ringside::load
