// Ours beside its references, alternating within one run: a Google Benchmark whose every iteration is a round of slices.
//
//   round 1: | ours 2 ms | reference A 2 ms | reference B 2 ms |   round 2: | ours … |      one histogram a side
//
// A noisy neighbour meets all sides alike, so the ratio of two percentiles of one run means something where neither number does.
// Slices instead of single calls in turn, so that each side finds its own code and data in cache, as a busy service does.
//
// Before anything is timed, all sides score the same rows and must agree in every bit; a benchmark of a wrong answer ends the program.
// A reference that is known to round otherwise (bench/peers) may ask to be counted instead.
//
// Counters, for bench/run to read: "<side>|p50", "|p95", "|p99" in microseconds a call, and "<side>|calls". Our side is "ours".
// "<side>|equal" is the share of rows whose bits are equal, for sides that are counted.
//
// RINGSIDE_BENCH_SLOWDOWN=1.5 makes each of our calls busy-wait until it took 1.5 times as long: how a test shows that the gate
// notices. It lives here, never in what is measured.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/side.h"

namespace ringside::bench {

enum class Bits {
  kMustAgree,  // or nothing is measured
  kCounted,
};

struct Reference {
  std::string name;
  std::unique_ptr<Side> side;
  Bits bits = Bits::kMustAgree;
  std::string beside = "ours";  // whose bits: ours, or an earlier reference's that has answers of another model
};

struct Comparison {
  std::unique_ptr<Side> ours;
  std::vector<Reference> references;
  std::size_t rows = 0;  // distinct ones
  std::size_t rows_a_call = 1;
};

// What every benchmark program is told: its flags, the same for all.
struct Settings {
  std::string data;
  std::string engine;            // the path of ringsided
  std::string peers;             // shared objects and models of bench/peers; empty elsewhere
  std::string repository = ".";  // where models/ and tests/golden/ are
  std::string html;              // where to draw the run, for a bench that can; empty: nowhere
  std::string mode = "spin";
  std::uint32_t rounds = 100;
  std::uint32_t slice_us = 2'000;
  std::uint32_t verified_calls = 512;  // before anything is timed
};

// Registers "<bench>/<work>/<mode>". `make` is called when the benchmark is about to run, and what it made goes when it ended.
void add_comparison(const Settings& settings, const std::string& bench, const std::string& work,
                    std::function<Comparison()> make);

// Reads Google Benchmark's flags and ours, lets `register_all` add comparisons, runs them. Returns main's status.
int run_benchmarks(int argc, char** argv, const std::function<void(const Settings&)>& register_all);

// Says what is wrong and ends the program: a benchmark has nobody to recover for.
[[noreturn]] void give_up(const std::string& what);

}  // namespace ringside::bench
