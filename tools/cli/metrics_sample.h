// What GET /metrics said at one moment: values by name and labels.
//
// Form: https://prometheus.io/docs/instrumenting/exposition_formats/, the text format, as far as the engine writes it (no timestamps).
// Thread safety: immutable.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <ringside/result.h>

namespace ringside::cli {

class MetricsSample {
 public:
  using Labels = std::map<std::string, std::string, std::less<>>;
  struct Series {
    std::string name;
    Labels labels;
    double value = 0;
  };

  // Error: the first line that is no series, in words.
  [[nodiscard]] static Result<MetricsSample, std::string> parse(std::string_view page);

  // In the order of the page. Cost: linear in the page.
  [[nodiscard]] std::vector<const Series*> of(std::string_view name) const;
  // Of the series with exactly these labels; 0 where there is none.
  [[nodiscard]] double value(std::string_view name, const Labels& labels = {}) const;

 private:
  std::vector<Series> series_;
};

}  // namespace ringside::cli
