#include "tools/cli/metrics_sample.h"

#include <charconv>
#include <optional>
#include <utility>

namespace ringside::cli {
namespace {

// `rest` stands at what is left of the line.
bool take(std::string_view& rest, char expected) {
  if (rest.empty() || rest.front() != expected) return false;
  rest.remove_prefix(1);
  return true;
}

std::string take_until(std::string_view& rest, std::string_view stops) {
  const std::size_t end = rest.find_first_of(stops);
  std::string taken(rest.substr(0, end));
  rest.remove_prefix(taken.size());
  return taken;
}

// Of a label, between its quotes: \\, \" and \n are escaped.
std::optional<std::string> take_text(std::string_view& rest) {
  if (!take(rest, '"')) return std::nullopt;
  std::string text;
  while (!rest.empty() && rest.front() != '"') {
    const bool escaped = take(rest, '\\');
    if (rest.empty()) return std::nullopt;
    text += escaped && rest.front() == 'n' ? '\n' : rest.front();
    rest.remove_prefix(1);
  }
  if (!take(rest, '"')) return std::nullopt;
  return text;
}

std::optional<MetricsSample::Series> series_of(std::string_view line) {
  MetricsSample::Series series;
  series.name = take_until(line, "{ ");
  if (take(line, '{')) {
    while (!line.empty() && line.front() != '}') {
      std::string label = take_until(line, "=}");
      if (!take(line, '=')) return std::nullopt;
      auto text = take_text(line);
      if (!text) return std::nullopt;
      series.labels.emplace(std::move(label), std::move(*text));
      if (!take(line, ',')) break;
    }
    if (!take(line, '}')) return std::nullopt;
  }
  if (series.name.empty() || !take(line, ' ')) return std::nullopt;
  if (take(line, '+') && line.empty()) return std::nullopt;  // from_chars knows no sign but '-'
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), series.value);
  if (error != std::errc{} || end != line.data() + line.size()) return std::nullopt;
  return series;
}

}  // namespace

Result<MetricsSample, std::string> MetricsSample::parse(std::string_view page) {
  MetricsSample sample;
  while (!page.empty()) {
    const std::string_view line = page.substr(0, page.find('\n'));
    page.remove_prefix(line.size() == page.size() ? line.size() : line.size() + 1);
    if (line.empty() || line.front() == '#') continue;
    auto series = series_of(line);
    if (!series) return fail("no series of metrics: " + std::string(line.substr(0, 200)));
    sample.series_.push_back(std::move(*series));
  }
  return sample;
}

std::vector<const MetricsSample::Series*> MetricsSample::of(std::string_view name) const {
  std::vector<const Series*> found;
  for (const Series& one : series_) {
    if (one.name == name) found.push_back(&one);
  }
  return found;
}

double MetricsSample::value(std::string_view name, const Labels& labels) const {
  for (const Series& one : series_) {
    if (one.name == name && one.labels == labels) return one.value;
  }
  return 0;
}

}  // namespace ringside::cli
