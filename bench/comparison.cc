#include "bench/comparison.h"

#include <benchmark/benchmark.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <bit>
#include <cstdlib>
#include <map>
#include <utility>

#include "client_lib/base/tick_rate.h"

namespace ringside::bench {
namespace {

constexpr std::pair<const char*, double> kPercentiles[] = {{"p50", 0.5}, {"p95", 0.95}, {"p99", 0.99}};

double slowdown_from_environment() {
  const char* text = std::getenv("RINGSIDE_BENCH_SLOWDOWN");
  return text == nullptr ? 1.0 : std::strtod(text, nullptr);
}

using Answers = std::vector<std::vector<float>>;  // a call each; empty where the side says nothing

Answers answers_of(Side& side, std::size_t calls, std::size_t step) {
  Answers answers;
  side.begin_slice();
  for (std::size_t i = 0; i < calls; ++i) {
    side.stage(i * step);
    side.call();
    answers.emplace_back(side.answer().begin(), side.answer().end());
  }
  side.end_slice();
  return answers;
}

bool same_bits(float a, float b) { return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b); }

// Share of the rows whose bits are equal. A row is as many floats as the answers have for it.
double share_equal(const Answers& got, const Answers& expected, std::size_t rows_a_call) {
  std::size_t equal = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (got[i].size() != expected[i].size()) continue;
    const auto width = static_cast<std::ptrdiff_t>(got[i].size() / rows_a_call);
    for (auto a = got[i].begin(), b = expected[i].begin(); a != got[i].end(); a += width, b += width)
      equal += std::equal(a, a + width, b, same_bits) ? 1 : 0;
  }
  return static_cast<double>(equal) / static_cast<double>(got.size() * rows_a_call);
}

void must_agree(const std::string& name, const std::string& side, const Answers& got, const Answers& expected, std::size_t step) {
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (got[i].empty() || expected[i].empty()) continue;
    for (std::size_t k = 0; k < got[i].size(); ++k) {
      if (got[i].size() != expected[i].size() || !same_bits(got[i][k], expected[i][k])) {
        give_up(name + ": " + side + " answers row " + std::to_string(i * step + k) + " with " + std::to_string(got[i][k]) +
                ", ours with " + std::to_string(expected[i].at(k)) + ": nothing was measured");
      }
    }
  }
}

// Every side's answers to the same calls, spread over all rows. Returns the shares of those that are counted.
std::map<std::string, double> verify(const std::string& name, Comparison& comparison, std::size_t calls_wanted) {
  const std::size_t calls = std::min(calls_wanted, comparison.rows / comparison.rows_a_call);
  const std::size_t step = comparison.rows / comparison.rows_a_call / calls * comparison.rows_a_call;
  std::map<std::string, Answers> answers;
  std::map<std::string, double> shares;
  answers["ours"] = answers_of(*comparison.ours, calls, step);
  for (const Reference& reference : comparison.references) {
    const Answers& got = answers[reference.name] = answers_of(*reference.side, calls, step);
    if (reference.bits == Bits::kMustAgree) {
      must_agree(name, reference.name, got, answers.at(reference.beside), step);
    } else if (reference.beside != reference.name) {
      shares[reference.name] = share_equal(got, answers.at(reference.beside), comparison.rows_a_call);
    }
  }
  return shares;
}

void report(benchmark::State& state, const std::string& side, const load::Histogram& ticks, const base::TickRate& rate) {
  for (const auto& [percentile, quantile] : kPercentiles) {
    const double ns = static_cast<double>(rate.ns(ticks.quantile(quantile) * 1'000)) / 1'000;
    state.counters[side + "|" + percentile] = ns / 1'000;
  }
  state.counters[side + "|calls"] = static_cast<double>(ticks.count());
}

void run(benchmark::State& state, const Settings& settings, const std::string& name, const std::function<Comparison()>& make) {
  state.SetLabel(name);  // the benchmark's own name gets the iterations appended
  Comparison comparison = make();
  const std::map<std::string, double> equal = verify(name, comparison, settings.verified_calls);

  const base::TickRate rate = base::TickRate::measure();
  const SliceLimits limits{.ticks = rate.ticks_in(std::uint64_t{settings.slice_us} * 1'000)};
  const double slowdown = slowdown_from_environment();
  std::vector<Side*> sides{comparison.ours.get()};
  std::vector<std::string> names{"ours"};
  for (const Reference& reference : comparison.references) {
    sides.push_back(reference.side.get());
    names.push_back(reference.name);
  }
  std::vector<load::Histogram> ticks(sides.size());
  std::vector<std::size_t> next(sides.size(), 0);
  const auto slice = [&](std::size_t i, load::Histogram& into) {
    sides[i]->begin_slice();
    next[i] = sides[i]->run_slice(next[i], comparison.rows, comparison.rows_a_call, limits, i == 0 ? slowdown : 1.0, into);
    sides[i]->end_slice();
  };

  load::Histogram not_kept;  // the first slice of each side finds cold caches and a clock that has just risen
  for (std::size_t i = 0; i < sides.size(); ++i) slice(i, not_kept);
  for ([[maybe_unused]] auto round : state) {
    for (std::size_t i = 0; i < sides.size(); ++i) slice(i, ticks[i]);
  }
  for (std::size_t i = 0; i < sides.size(); ++i) report(state, names[i], ticks[i], rate);
  for (const auto& [side, share] : equal) state.counters[side + "|equal"] = share;
}

}  // namespace

void give_up(const std::string& what) {
  std::fprintf(stderr, "bench: %s\n", what.c_str());
  std::exit(1);
}

void add_comparison(const Settings& settings, const std::string& bench, const std::string& work,
                    std::function<Comparison()> make) {
  const std::string name = bench + "/" + work + "/" + settings.mode;
  benchmark::RegisterBenchmark(
      name.c_str(), [settings, name, make = std::move(make)](benchmark::State& state) { run(state, settings, name, make); })
      ->Iterations(settings.rounds)
      ->Unit(benchmark::kMillisecond)
      ->UseRealTime();
}

int run_benchmarks(int argc, char** argv, const std::function<void(const Settings&)>& register_all) {
  benchmark::Initialize(&argc, argv);  // takes its own flags away
  Settings settings;
  CLI::App app("One benchmark a step, each beside its references in the same run. bench/run starts these programs.");
  app.add_option("--data", settings.data, "what bench/models.py made")->required();
  app.add_option("--engine", settings.engine, "path of ringsided, for what crosses processes");
  app.add_option("--peers", settings.peers, "what bench/peers/run prepared");
  app.add_option("--repository", settings.repository, "where models/ and tests/golden/ are");
  app.add_option("--html", settings.html, "a page to draw the run on, where a bench can");
  app.add_option("--mode", settings.mode, "how client and engine wait")->check(CLI::IsMember({"spin", "adaptive"}));
  app.add_option("--rounds", settings.rounds, "slices of each side")->check(CLI::PositiveNumber);
  app.add_option("--slice-us", settings.slice_us, "length of a slice")->check(CLI::NonNegativeNumber);
  app.add_option("--verified-calls", settings.verified_calls, "answers compared before timing")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);

  register_all(settings);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

}  // namespace ringside::bench
